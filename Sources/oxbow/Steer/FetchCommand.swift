import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowRuntime

struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Copies what a run has left so far: report, generators, pictures, log.",
        discussion: """
            Each file is there as a whole or not at all; those that are there already are replaced.
            Example: oxbow fetch baseline --out runs/baseline
            """)

    @Argument(help: "The run.") var name: String

    @Option(help: "The folder that gets the files.", completion: .directory) var out: String

    @Option(help: "Only this file of the run.") var file: String?

    @OptionGroup var options: SteerOptions

    func run() throws {
        let name = try options.checked(name)
        let files = try options.steer("fetch", name) { client in
            let all = try client.ask(.files(run: name), for: [RunFile].self)
            let wanted = file.map { wanted in all.filter { $0.path == wanted } } ?? all
            if let file, wanted.isEmpty { throw OperatorRefusal(.unknownFile, "run '\(name)' has no file '\(file)'") }
            try OutputFolder.make(out)
            for file in wanted { try FileFetch(client, run: name, folder: out).fetch(file) }
            return wanted
        }
        switch options.format {
        case .json: try printJSON(files)
        case .text:
            let bytes = files.reduce(0) { $0 + $1.bytes }
            print("\(files.count) file\(files.count == 1 ? "" : "s"), \(bytes) bytes in \(out)")
        }
    }
}
