import ArgumentParser
import OxbowWire

struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "The broker beside a plain libzmq forwarder.",
        discussion: """
            Bodies of a training step go from edges to a core and back, in alternating turns through the real broker and
            through a process that only moves frames between sockets. Reported are bulk throughput, small messages a
            second, the latency that the broker adds, and its peak memory beside what its credits allow.
            Example: oxbow bench route --seconds 2 --workers 4 --transport ipc
            """)

    @Option(help: "Seconds of each turn.") var seconds = 1.0

    @Option(help: "Turns of each side; medians are over these.") var turns = 5

    @Option(help: "Bytes of a bulk body; may be repeated. Default: a step's messages at half and at full resolution.")
    var size: [Int] = []

    @Option(help: "Edges that exchange with the core.") var workers = 4

    @Option(help: "ipc or tcp, which is encrypted on both sides.") var transport = Transport.ipc

    @Flag(help: "With tcp: without encryption.") var insecure = false

    @Option(help: "What the broker records: off, on or full.") var trace = TraceOption.on

    @OptionGroup var options: BenchOptions

    /// 64 images of 28x28 with 16 and with 64 channels, as float32.
    static let usualSizes = [3_211_264, 12_845_056]
    /// About a control message.
    private static let smallSize = 64

    private func check() throws {
        try BenchOptions.require((0.01...3600).contains(seconds), "--seconds \(seconds)", "from 0.01 to 3600")
        try BenchOptions.require((1...1000).contains(turns), "--turns \(turns)", "from 1 to 1000")
        try BenchOptions.require((1...256).contains(workers), "--workers \(workers)", "from 1 to 256")
        for size in size {
            try BenchOptions.require(
                (1...WireLimits.bodyBytes).contains(size), "--size \(size)", "from 1 to \(WireLimits.bodyBytes)")
        }
    }

    private var isEncrypted: Bool { transport == .tcp && !insecure }

    func run() throws {
        try options.check()
        BenchCleanup.shared.watch()
        try check()
        let sizes = size.isEmpty ? Self.usualSizes : size
        var result = BenchResult(bench: "route")
        result.settings = [
            "seconds": "\(seconds)", "turns": "\(turns)", "workers": "\(workers)", "transport": transport.rawValue,
            "encryption": isEncrypted ? "curve" : "none", "trace": trace.rawValue,
            "sizes": sizes.map(String.init).joined(separator: " "),
        ]
        for size in sizes {
            let comparison = try compare(size, "bulk, \(size) bytes")
            result.rows += [comparison.bulk, comparison.memory]
        }
        result.rows.append(try compare(Self.smallSize, "small messages").small)
        for size in [Self.smallSize] + sizes.prefix(1) {
            result.rows.append(try compare(size, "round trips, \(size) bytes", alone: true).latency)
        }
        result.rows = RouteComparison.groups.flatMap { group in result.rows.filter { $0.group == group } }
        result.notes = [
            "Ratios and added times are medians over pairs of turns. Memory is the broker's peak while bodies of that size "
                + "were routed; the bound is its memory before, 16 MB, and a body for each credit."
        ]
        try options.report(result)
    }

    private func compare(_ size: Int, _ what: String, alone: Bool = false) throws -> RouteComparison {
        options.progress("\(what): \(turns) turns of \(seconds) s through broker and forwarder")
        let settings = RouteSettings(transport: transport, workers: workers, size: size, trace: trace, isEncrypted: isEncrypted)
        return try RouteComparison(settings, turns: turns, seconds: seconds, alone: alone)
    }
}
