import ArgumentParser

/// `oxbow data`: what there is to train on.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Describes data folders, and fetches public data sets.",
        discussion: """
            Example: oxbow data info
            Example: oxbow data fetch kmnist
            """,
        subcommands: [DataInfoCommand.self, DataFetchCommand.self])
}
