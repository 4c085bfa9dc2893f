import ArgumentParser
import Foundation

struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Samples per second of whole training steps, with real processes.",
        discussion: """
            Each turn is an `oxbow run` of its own on noise images: broker, core and workers as processes.
            --beside names a program that measures the same step another way; it is given --workers, --batch, --width
            and --steps, and prints a line of JSON with 'seconds' (one number a step) and 'samples_per_step'.
            Example: oxbow bench step --workers 4
            Example: oxbow bench step --transport ipc --beside "python3 ops/bench/pytorch_step.py --channels-last"
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Edge workers, all with the least at home.") var workers = 4

    @Option(help: "Multiplies every channel count.") var width = 1.0

    @Option(help: "Images of a worker's batch.") var batch = 64

    @Option(help: "Steps of a round; a turn has two rounds, the first of which warms up.") var steps = 10

    @Option(help: "Turns; everything that is compared runs once in each.") var turns = 3

    @Option(help: "ipc or tcp; may be repeated. Default: both.") var transport: [Transport] = []

    @Option(help: "A program to compare with, in the same turns; may be repeated.") var beside: [String] = []

    func run() throws {
        try options.check()
        try check()
        let load = StepLoad(workers: workers, batch: batch, width: width, steps: steps)
        BenchCleanup.shared.watch()
        let place = try PrivateFolder()
        BenchCleanup.shared.add(place)
        defer { place.remove() }
        try load.writeData(to: place.path + "/data")
        let transports = transport.isEmpty ? Transport.allCases : transport
        var runs: [Transport: [StepRun]] = [:]
        var others: [String: Samples] = [:]
        for turn in 1...turns {
            for transport in transports {
                options.progress("turn \(turn) of \(turns): \(workers) workers over \(transport.rawValue)")
                runs[transport, default: []].append(try load.run(transport, in: place.path, turn: turn))
            }
            for command in beside {
                options.progress("turn \(turn) of \(turns): \(command)")
                for seconds in try load.runBeside(command) { others[command, default: Samples()].add(seconds) }
            }
        }
        let table = StepTable(
            load: load, runs: transports.map { ($0, runs[$0] ?? []) }, others: beside.map { ($0, others[$0] ?? Samples()) })
        try options.report(result(table))
    }

    private func check() throws {
        try BenchOptions.require((1...1000).contains(workers), "--workers \(workers)", "from 1 to 1000")
        try BenchOptions.require((2...4096).contains(batch), "--batch \(batch)", "from 2 to 4096")
        try BenchOptions.require((2...100_000).contains(steps), "--steps \(steps)", "from 2 to 100000")
        try BenchOptions.require((1...1000).contains(turns), "--turns \(turns)", "from 1 to 1000")
    }

    private func result(_ table: StepTable) -> BenchResult {
        var result = BenchResult(bench: "step")
        result.settings = [
            "workers": "\(workers)", "batch": "\(batch)", "width": "\(width)", "steps": "\(steps)", "turns": "\(turns)",
        ]
        result.rows = table.rows
        result.notes = [
            "A step is one batch of every worker through both halves. Times are medians over the steps of a run, the first of "
                + "each round aside. Shares are means of a worker's step in the second round: what is neither its own work nor "
                + "the core's is the way of its messages, queues and other workers. Processor time and peak memory are of the "
                + "whole process, with start and barriers."
        ]
        return result
    }
}
