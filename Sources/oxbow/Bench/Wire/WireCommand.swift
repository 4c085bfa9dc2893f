import ArgumentParser
import OxbowKernels
import OxbowWire

struct WireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire", abstract: "Encoding and decoding of our messages.",
        discussion: """
            Nanoseconds of each kind of message, and how fast tensors get into a body and out of it, beside a plain copy
            of the same bytes into memory that was asked for anew in the same way.
            Example: oxbow bench wire --format json --out wire.json
            """)

    @Option(help: "Seconds for each number.") var seconds = 0.3

    @Option(help: "Bytes of a tensor, a multiple of four; may be repeated. Default: 3211264 and 12845056.")
    var size: [Int] = []

    @OptionGroup var options: BenchOptions

    private func check() throws {
        try BenchOptions.require((0.001...3600).contains(seconds), "--seconds \(seconds)", "from 0.001 to 3600")
        // A gigabyte with its header is over the limit of a body.
        for size in size {
            try BenchOptions.require(
                size % 4 == 0 && (4...WireLimits.bodyBytes / 2).contains(size), "--size \(size)",
                "a multiple of 4 from 4 to \(WireLimits.bodyBytes / 2)")
        }
    }

    func run() throws {
        try options.check()
        try check()
        // As broker and workers do.
        Kernels.keepFreedBlocks()
        let sizes = size.isEmpty ? RouteCommand.usualSizes : size
        var result = BenchResult(bench: "wire")
        result.settings = ["seconds": "\(seconds)", "sizes": sizes.map(String.init).joined(separator: " ")]
        options.progress("messages: envelope and control messages")
        result.rows += try MessageBench.rows(seconds: seconds)
        for size in sizes {
            options.progress("bodies: a tensor of \(size) bytes")
            result.rows.append(try BodyBench(size, seconds: seconds).row)
        }
        result.notes = ["Copying is plain memory copying into new memory; ratios are medians over pairs of calls."]
        try options.report(result)
    }
}
