import ArgumentParser
import Foundation
import OxbowData
import OxbowExperiment
import OxbowFleet
import OxbowKernels
import OxbowProtocol
import OxbowReplay
import OxbowRuntime
import OxbowTrace

struct TraceVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Computes a recorded run again and compares every body, bit by bit.",
        discussion: """
            All traces of the run are verified in their order: run.oxtrace, run-2.oxtrace and so on (docs/replay.md). What the
            workers trained on is found in the data folder, and must be just that.
            Exit code 0 if all is equal, 1 if something differs: the first such message is printed. 3 if a worker's images are not
            found; 4 if the trace is damaged, holds nothing that was computed, or is of bits that this machine or release cannot
            compute. An interrupt ends it with 130, and says how far it came.
            Example: oxbow trace verify runs/mine
            Example: oxbow trace verify state/runs/attic-1 --data data --shard attic=mnist:1/4 --format json
            """)

    @Argument(help: "A run's folder, or its run.oxtrace.", completion: .file()) var file: String

    @Option(help: "The data folder. Default: the experiment's, else the usual one.", completion: .directory) var data: String?

    @Option(
        help: "The run's experiment file, which deals the shards. Default: experiment.yaml beside the trace.",
        completion: .yaml)
    var experiment: String?

    @Option(
        name: .customLong("shard"),
        help: "WORKER=DOMAIN or WORKER=DOMAIN:I/N: what a worker trained on, if it cannot be found; may be repeated.")
    var shards: [NamedShard] = []

    @Option(help: "Threads for the core's part; results do not depend on it.") var lanes: Int?

    @Option(help: "text or json.") var format = OutputFormat.text

    func validate() throws {
        if let lanes, lanes < 1 { throw ValidationError("Unable to use \(lanes) lanes: say 1 or more.") }
    }

    func run() throws {
        Kernels.keepFreedBlocks()
        let path = TraceFileArgument.path(file)
        let progress = VerifyProgress(path)
        let interruption = Interruption { progress.interrupted }
        try withExtendedLifetime(interruption) { try verify(path, progress) }
    }

    private func verify(_ path: String, _ progress: VerifyProgress) throws {
        let paths = TraceFiles.all(path)
        // One that is not there says so by itself.
        let surveys = try (paths.isEmpty ? [path] : paths).map { try TraceSurvey($0) }
        try check(surveys)
        // Before anything is computed, and before the images are looked for: that takes longer.
        try RecordedKernels.impose(surveys)
        try RecordedKernels.checkAlgorithms(surveys)
        let performers = try performers(surveys)
        let verifier = TraceVerifier { try performers.make($0, $1, $2) }
        progress.expect(surveys)
        var difference: TraceDifference?
        for survey in surveys where difference == nil {
            progress.begin(survey)
            difference = try verifier.verify(try TraceReader(survey.path)) { progress.show($0, verifier.counts) }
        }
        progress.clear()
        if difference == nil, verifier.counts.bodies == 0 { throw Self.nothing(path) }
        try tell(VerifyReport(surveys, verifier, difference, seconds: progress.seconds))
        if let difference { throw Failure(.finding, difference.sentence) }
    }

    /// What was computed, and by whom.
    private func check(_ surveys: [TraceSurvey]) throws {
        if surveys.allSatisfy({ $0.bodies == 0 }) { throw Self.nothing(surveys[0].path) }
        for survey in surveys where !survey.standIns.isEmpty {
            let names = Words.few(survey.standIns.map(\.description))
            throw Failure(
                .state,
                "Unable to verify '\(survey.path)': \(names) computed nothing: their bodies are stand-ins, as 'oxbow trace drive' sends "
                    + "them. Verify the run that was driven.")
        }
        let edges = surveys.flatMap(\.participants).filter { $0.member.role == .edge }
        for shard in shards where !edges.contains(where: { [$0.workerID, $0.member.description].contains(shard.worker) }) {
            let known = Set(edges.map { "\($0.member) (\($0.workerID))" }).sorted().joined(separator: ", ")
            throw Failure(
                .usage, "Unable to use '--shard \(shard.worker)=...': the trace has no such worker. It has \(known).")
        }
    }

    private static func nothing(_ path: String) -> Failure {
        Failure(
            .state,
            "Unable to verify '\(path)': it holds nothing of a step that was computed, so that there is nothing to compare. Record a run "
                + "that comes to its first step.")
    }

    private func performers(_ surveys: [TraceSurvey]) throws -> ReplayPerformers {
        let finder = try ShardFinder(
            folder: data, experiment: experiment, beside: URL(fileURLWithPath: surveys[0].path).deletingLastPathComponent().path,
            named: shards)
        return try ReplayPerformers(
            surveys, finder, lanes: max(1, lanes ?? ProcessInfo.processInfo.activeProcessorCount))
    }

    private func tell(_ report: VerifyReport) throws {
        switch format {
        case .json: try printJSON(report)
        case .text: for line in report.lines { print(line) }
        }
    }
}

/// What performs the tasks of a recorded run's members.
private struct ReplayPerformers {
    private let shards: [ShardFinder.Wanted: LocalShard]
    private let lanes: Int
    /// Whether the core sent its generators and pictures to the broker; else it wrote them somewhere.
    private let sendsArtifacts: Bool

    init(_ surveys: [TraceSurvey], _ finder: ShardFinder, lanes: Int) throws {
        var shards: [ShardFinder.Wanted: LocalShard] = [:]
        for participant in surveys.flatMap(\.participants) where participant.member.role == .edge {
            let wanted = ShardFinder.Wanted(worker: participant.workerID, member: participant.member, form: participant.data)
            if shards[wanted] == nil { shards[wanted] = try finder.shard(wanted) }
        }
        (self.shards, self.lanes) = (shards, lanes)
        sendsArtifacts = surveys.contains { $0.holdsArtifacts }
    }

    func make(_ member: MemberID, _ hello: Hello, _ store: any StateStore) throws -> any TaskPerformer {
        guard member.role == .edge else {
            let artifacts = CoreArtifacts()
            return MemberPerformers.core(store: store, lanes: lanes) { plan, round, generators in
                sendsArtifacts ? try artifacts.files(generators, of: plan, round: round) : []
            }
        }
        guard let shard = shards[ShardFinder.Wanted(worker: hello.workerID, member: member, form: hello.data)] else {
            preconditionFailure("a worker with a plan that the first reading did not see")
        }
        return MemberPerformers.edge(workerID: hello.workerID, store: store, shard: shard)
    }
}
