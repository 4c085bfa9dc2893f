import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowRuntime
import OxbowSimulation

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Rehearses an experiment's fleet on a virtual network and clock, with faults.",
        discussion: """
            Every seed is a run of its own, and the same run each time. Presets of faults: \
            \(Faults.presets.map(\.name).joined(separator: ", ")); keys: \(Faults.names.joined(separator: ", ")).
            docs/replay.md says what they are, and what must hold.
            Example: oxbow simulate my.yaml --seeds 1000 --faults chaos --arithmetic hashes
            Example: oxbow simulate my.yaml --seed 17 --faults death,crash=0.01 --events
            """)

    @Argument(help: "The experiment file.", completion: .yaml) var experiment: String?

    @Option(help: "A complete experiment: smoke, demo, paper; a file's keys count before its.") var preset: PresetName?

    @Option(name: .customLong("set"), help: "Override a key of the experiment: a.b=value; may be repeated.")
    var overrides: [String] = []

    @Option(help: "The first seed that faults are drawn from.") var seed: UInt64 = 1

    @Option(parsing: .unconditional, help: "How many seeds are simulated, from the first on.") var seeds = 1

    @Option(help: "A preset, then keys of it that are set otherwise: NAME,KEY=VALUE,...") var faults = "all"

    @Option(help: "small (a tiny model, trained in earnest) or hashes (of what would go into it).")
    var arithmetic = Arithmetic.small

    @Flag(help: "Print every event; with --format json a line each, and the summary on the last one.") var events = false

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        try checkNumber("--seeds", seeds, in: 1...100_000_000)
        guard seed <= .max - UInt64(seeds) else {
            throw Failure(.usage, "Unable to use '--seed': \(seed) is too large for \(seeds) seeds. Use a smaller one.")
        }
        let faults = try drawnFaults()
        let rehearsal = try rehearsal()
        let stop = try StopRequest()
        stop.watchSignals()
        let runner = SeedRunner(
            rehearsal, faults, seeds: seed..<seed + UInt64(seeds), events: events ? EventPrinter(format: format) : nil,
            stop: stop)
        guard let undisturbed = runner.undisturbed() else { throw interrupted(after: 0) }
        try check(undisturbed, rehearsal)
        var report = SimulationReport(
            rehearsal, command: command, faults: self.faults, arithmetic: arithmetic, undisturbed: undisturbed)
        runner.run(beside: undisturbed) { report.add($0) }
        switch format {
        case .json where events: EventPrinter.printLine(report.summary)
        case .json: try printJSON(report.summary)
        case .text: print(report.text)
        }
        if let failure = report.failure { throw failure }
        if stop.requested != nil { throw interrupted(after: report.summary.seeds) }
    }

    private func interrupted(after done: Int) -> Failure {
        Failure(.interrupted, "Interrupted after \(done) of \(seeds) seeds.")
    }

    func rehearsal() throws -> Rehearsal {
        guard experiment != nil || preset != nil else {
            throw Failure(
                .usage, "Unable to simulate: name an experiment file or a preset, such as oxbow simulate --preset demo.")
        }
        let loaded = try Experiment.load(file: experiment, preset: preset?.preset, overrides: overrides)
        return try loaded.rehearsal(arithmetic, stepsAreTold: overrides.contains(where: Self.tellsSteps))
    }

    private func drawnFaults() throws -> Faults {
        do {
            return try Faults(text: faults)
        } catch {
            throw Failure(.usage, "Unable to use '--faults \(faults)': \(error)")
        }
    }

    private func check(_ outcome: FleetSimulation.Outcome, _ rehearsal: Rehearsal) throws {
        guard let finding = rehearsal.findings(outcome, undisturbed: outcome).first else { return }
        if case .infeasible(let message)? = outcome.run { throw Failure(.usage, message) }
        throw Failure(.finding, "Unable to simulate: the run does not end undisturbed. \(finding)")
    }

    private static func tellsSteps(_ override: String) -> Bool {
        override.hasPrefix("steps_per_round=") || override.hasPrefix("local_epochs=")
    }

    /// What repeats a seed, but for the seed.
    private var command: String {
        var parts = ["oxbow", "simulate"] + [experiment.map(Self.quoted)].compactMap { $0 }
        if let preset { parts += ["--preset", preset.rawValue] }
        for override in overrides { parts += ["--set", Self.quoted(override)] }
        parts += ["--faults", faults]
        if arithmetic != .small { parts += ["--arithmetic", arithmetic.rawValue] }
        return parts.joined(separator: " ")
    }

    /// For a shell.
    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:".contains($0) }
        return isPlain ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}

extension Arithmetic: ExpressibleByArgument {}
