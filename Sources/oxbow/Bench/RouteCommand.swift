import ArgumentParser

struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "The broker beside a plain libzmq forwarder.",
        discussion: "Example: oxbow bench route --seconds 5 --workers 4 --transport ipc")

    @OptionGroup var options: BenchOptions

    func run() throws {
        try options.report(BenchResult(bench: "route"))
    }
}
