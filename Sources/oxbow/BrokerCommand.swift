import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowScheduling

struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "Serves one experiment to a fleet of workers.",
        discussion: """
            Waits until every place of the experiment's fleet is taken and a core is there, then trains.
            Example: oxbow broker --bind tcp://127.0.0.1:5555 --experiment fleet.yaml --state state/broker
            """)

    @Option(help: "Where to listen; port * picks a free one, which is printed.") var bind = "tcp://127.0.0.1:5555"

    @Option(help: "The experiment file (docs: README).") var experiment: String?

    @Option(name: .customLong("set"), help: "Override a key of the experiment: a.b=value.") var overrides: [String] = []

    @Option(help: "A folder for the journal.") var state: String?

    @Option(help: "Height x width x channels of the images.") var image = ImageSize(height: 28, width: 28, channels: 1)

    @Option(help: "Classes of the labels.") var classes = 10

    @OptionGroup var fleet: FleetOptions

    /// Places are kept for the roster's workers, and events go to standard output.
    @Flag(help: .hidden) var closed = false

    func run() throws {
        defer { fleet.writeUsage() }
        try fleet.check(bind)
        Kernels.keepFreedBlocks()
        let experiment = try Experiment.load(
            file: experiment, overrides: overrides, membership: closed ? .strict : .elastic)
        let run = try experiment.runSettings(
            id: "run",
            experiment.modelParameters(
                height: image.height, width: image.width, channels: image.channels, classes: classes))
        let logger = try fleet.logger("broker")
        let stop = try fleet.stopRequest()
        let log = BrokerLog(logger: logger, asLines: closed)
        let shell = try BrokerShell(
            bind: bind, machine: BrokerMachine(experiment.fleetSettings(closed: closed)), runs: [run],
            largestBody: try experiment.largestBody(ModelDescription(run.template.model)), journal: try journal(),
            stop: stop, logger: logger,
            note: log.note)
        log.listening(shell.boundEndpoint)
        let outcome = try shell.run()
        if let failure = Failure(outcome) { throw failure }
    }

    private func journal() throws -> Journal? {
        guard let state else { return nil }
        try OutputFolder.make(state)
        return try Journal(state + "/journal.jsonl")
    }
}

/// `28x28x1`.
struct ImageSize: ExpressibleByArgument, Hashable {
    var height: Int
    var width: Int
    var channels: Int

    init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    init?(argument: String) {
        let numbers = argument.split(separator: "x").compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else { return nil }
        self.init(height: numbers[0], width: numbers[1], channels: numbers[2])
    }

    var defaultValueDescription: String { description }
    var description: String { "\(height)x\(width)x\(channels)" }
}
