import ArgumentParser
import Foundation

/// What every benchmark takes and how it tells its result.
struct BenchOptions: ParsableArguments {
    @Option(help: "text or json.") var format = OutputFormat.text

    @Option(help: "A file for the result as JSON, whatever the format.", completion: .file()) var out: String?

    /// Refuses an option's value in one sentence.
    static func require(_ condition: Bool, _ subject: String, _ allowed: String) throws {
        if !condition { throw Failure(.usage, "Unable to use \(subject): it must be \(allowed).") }
    }

    /// Refuses a file that cannot be written, before anything is measured.
    func check() throws { if let out { try OutputFolder.check(file: out) } }

    /// Says on standard error what is measured now.
    func progress(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }

    /// Prints the result, and writes it to `--out` first.
    func report(_ result: BenchResult) throws {
        if let out { try OutputFolder.write(try JSON.encoder.encode(result) + Data("\n".utf8), to: out) }
        switch format {
        case .json: try printJSON(result)
        case .text: print(result.text)
        }
    }
}
