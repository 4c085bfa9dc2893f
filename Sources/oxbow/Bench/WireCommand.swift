import ArgumentParser

struct WireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire", abstract: "Encoding and decoding of our messages.",
        discussion: "Example: oxbow bench wire --format json")

    @OptionGroup var options: BenchOptions

    func run() throws {
        try options.report(BenchResult(bench: "wire"))
    }
}
