import ArgumentParser
import Foundation
import OxbowData
import OxbowFetch

struct DataFetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Fetches a public data set and verifies it.",
        discussion: """
            Known: \(DataSet.catalogue.map(\.name).joined(separator: ", ")). What is there and intact is left alone; what an \
            earlier fetch left is gone on with. A file with another checksum than the published one is refused.
            Example: oxbow data fetch kmnist
            Example: oxbow data fetch mnist --data ~/images --mirror https://storage.googleapis.com/cvdf-datasets/mnist
            """)

    @Argument(help: "The data set; its folder gets this name.") var name: String

    @Option(help: "The data folder. Default: where oxbow run looks.", completion: .directory) var data: String?

    @Option(help: "Another address of the same files by their published names, as in URL/train-images-idx3-ubyte.gz.")
    var mirror: String?

    @Flag(help: "Replace files of the same names that have other content.") var replace = false

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let folder = DataFolder(data ?? DataFolder.defaultPath)
        let set = try DataSet.named(name)
        let fetch = try Fetch(set, into: folder.path, mirror: mirror, replaces: replace)
        let progress = FetchProgress(isQuiet: format == .json)
        let interruption = Interruption("Stopped: what has come is kept; run the same command to go on.")
        let fetched = try withExtendedLifetime(interruption) { try fetch.run(progress.show) }
        // Read as a run would read it: the proof that it can be used.
        let info = try folder.info(set.name)
        switch format {
        case .json: try printJSON(Result(set: set, folder: fetch.folder, fetched: fetched, domain: info))
        case .text:
            let count = set.files.count
            let state = fetched.isEmpty ? "all \(count) files are there and intact" : "\(fetched.count) of \(count) files fetched"
            print("\(info.line)\n  \(state) in \(fetch.folder)\n  licence: \(set.licence)")
        }
    }
}

/// What `--format json` prints.
private struct Result: Encodable {
    struct File: Encodable {
        var name: String
        var bytes: Int
        var checksum: String
        var fetched: Bool
    }

    var name: String
    var folder: String
    var licence: String
    var files: [File]
    var domain: DomainInfo

    init(set: DataSet, folder: String, fetched: [DataSet.File], domain: DomainInfo) {
        name = set.name
        self.folder = folder
        licence = set.licence
        files = set.files.map {
            File(name: $0.local, bytes: $0.bytes, checksum: $0.checksum, fetched: fetched.contains($0))
        }
        self.domain = domain
    }
}
