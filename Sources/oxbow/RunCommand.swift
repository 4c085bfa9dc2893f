import ArgumentParser
import Foundation
import OxbowData
import OxbowExperiment
import OxbowKernels
import OxbowReport
import OxbowRuntime

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "The whole job on one machine: broker, core and workers as processes, training, scores, report.",
        discussion: """
            Example: oxbow run --preset demo
            Example: oxbow run my.yaml --data data --out runs/mine --set rounds=20 --seed 7
            """)

    @Argument(help: "The experiment file.", completion: .yaml) var experiment: String?

    @Option(help: "A complete experiment: smoke (a minute), demo (five), paper; a file's keys count before its.") var preset:
        PresetName?

    @Option(help: "The data folder, one folder a domain. Default: where ops/setup.sh puts it.", completion: .directory)
    var data: String?

    @Option(help: "Where the run leaves its results. Default: runs/<date and time>.", completion: .directory) var out: String?

    @Option(name: .customLong("set"), help: "Override a key of the experiment: a.b=value; may be repeated.")
    var overrides: [String] = []

    @Option(
        help: "Impose the cuts of a plan.json, barrier by barrier, whatever the planner would choose.",
        completion: .json) var plan: String?

    @Option(help: "The seed: the same seed gives the same bits.") var seed: UInt64?

    @Option(help: "Go on with the run in this folder, which did not come to its end.", completion: .directory) var resume: String?

    @Option(help: "How the processes talk: ipc (a private folder) or tcp (loopback).") var transport = Transport.ipc

    @Option(help: "Record run.oxtrace in the run's folder (on), with the bodies of all messages (full), or not (off).")
    var trace = TraceOption.on

    @Option(help: "text or json: what is printed at the end.") var format = OutputFormat.text

    func run() throws {
        let experiment = try effectiveExperiment()
        let inputs = try RunInputs(experiment)
        var imposed = try plan.map { try imposedPlan($0, inputs) }
        let folder = try resume.map { try RunFolder(resuming: $0) } ?? RunFolder(out ?? "runs/\(Self.timestamp())")
        if let plan, let data = FileManager.default.contents(atPath: plan) {
            try OutputFolder.write(data, to: folder.imposedPlan)
        } else if FileManager.default.fileExists(atPath: folder.imposedPlan) {
            imposed = try imposedPlan(folder.imposedPlan, inputs)
        }
        // Last: from here on the run can be resumed.
        if resume == nil { try OutputFolder.write(Data(experiment.yaml.utf8), to: folder.experiment) }
        let stop = try StopRequest()
        stop.watchSignals()
        let evaluator = try Evaluator(inputs, folder: folder, stop: stop)
        let session = try RunSession(
            inputs, folder: folder, transport: transport, imposed: imposed, trace: trace, stop: stop,
            evaluator: evaluator)
        let result = try session.run()
        try finish(result, folder)
    }

    private func effectiveExperiment() throws -> Experiment {
        if let resume { return try resumedExperiment(resume) }
        guard experiment != nil || preset != nil else {
            throw Failure(.usage, "Nothing to run: name an experiment file or a preset, such as oxbow run --preset demo.")
        }
        var all = overrides
        if let data { all.append("data.dir=\(data)") }
        if let seed { all.append("seed=\(seed)") }
        return try Experiment.load(file: experiment, preset: preset?.preset, overrides: all)
    }

    /// A run goes on with the configuration that it began with; only where its data are may have changed.
    private func resumedExperiment(_ folder: String) throws -> Experiment {
        guard experiment == nil, preset == nil, overrides.isEmpty, seed == nil, out == nil, plan == nil else {
            throw Failure(
                .usage, "Unable to resume '\(folder)': a run goes on as it was begun. Give --resume alone, or with --data.")
        }
        let file = folder + "/experiment.yaml"
        guard FileManager.default.fileExists(atPath: file) else {
            throw Failure(.state, "Unable to resume '\(folder)': it holds no run that was begun. Name the folder of one.")
        }
        if let data = FileManager.default.contents(atPath: folder + "/report.json"),
            let report = try? Report(json: data, subject: folder), report.isFinished
        {
            throw Failure(.usage, "Unable to resume '\(folder)': that run is finished. Its report is report.html.")
        }
        return try Experiment.load(file: file, overrides: data.map { ["data.dir=\($0)"] } ?? [])
    }

    /// A plan that cannot be imposed is said before anything is started.
    private func imposedPlan(_ path: String, _ inputs: RunInputs) throws -> ImposedPlan {
        let imposed = try ImposedPlan(path, inputs.model)
        guard let stranger = imposed.workers.subtracting(inputs.roster.map(\.workerID)).sorted().first else { return imposed }
        throw Failure(
            .usage, "Unable to impose '\(path)': the experiment has no worker '\(stranger)'. Use a plan of the same fleet.")
    }

    private func finish(_ result: RunResult, _ folder: RunFolder) throws {
        let origin = Report.Origin(release: Release.version, kernels: Kernels.summary, arguments: arguments)
        let report = Report(result, origin)
        let files = ReportFolder(folder.path)
        try files.write(report)
        switch format {
        case .json: try printJSON(report)
        case .text: print(report.summary(path: files.page))
        }
        if let failure = result.failure { throw failure }
    }

    /// The options that decide what is run; where the results go and how they are printed does not matter.
    private var arguments: [String] {
        var all = ["run"] + [experiment].compactMap { $0 }
        if let preset { all += ["--preset", preset.rawValue] }
        if let data { all += ["--data", data] }
        if let seed { all += ["--seed", "\(seed)"] }
        if let plan { all += ["--plan", plan] }
        if trace != .on { all += ["--trace", trace.rawValue] }
        if transport != .ipc { all += ["--transport", transport.rawValue] }
        return all + overrides.flatMap { ["--set", $0] }
    }

    private static func timestamp() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return formatter.string(from: Date()) + "-\(ProcessInfo.processInfo.processIdentifier)"
    }
}

enum PresetName: String, ExpressibleByArgument, CaseIterable {
    case smoke, demo, paper

    var preset: Preset {
        switch self {
        case .smoke: .smoke
        case .demo: .demo
        case .paper: .paper
        }
    }
}

enum Transport: String, ExpressibleByArgument, CaseIterable {
    case ipc, tcp
}
