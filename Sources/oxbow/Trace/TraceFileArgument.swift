import ArgumentParser
import Foundation
import OxbowTrace

/// The trace that a command reads.
struct TraceFileArgument: ParsableArguments {
    @Argument(help: "A run.oxtrace, or the folder that holds it.", completion: .file()) var file: String

    /// Says on standard error which one is read, where a folder holds several.
    func chosen() -> String {
        let path = Self.path(file)
        let others = TraceFiles.all(path).dropFirst().map { URL(fileURLWithPath: $0).lastPathComponent }
        if path != file, !others.isEmpty {
            Self.say(
                "reading '\(path)', the first of \(others.count + 1) traces of this run; the others: "
                    + others.joined(separator: ", "))
        }
        return path
    }

    /// Of the first trace in a folder.
    static func path(_ file: String) -> String {
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
        return isThere && isFolder.boolValue ? file + "/run.oxtrace" : file
    }

    /// What must be said of a trace that was read to its end: on standard error where it merely stops early.
    /// - Throws: `TraceError` if it was changed.
    static func tell(_ reader: TraceReader) throws {
        try reader.checkIntegrity()
        if let ending = reader.ending { tell(ending) }
    }

    static func tell(_ ending: TraceEnding) { if let sentence = ending.sentence { say(sentence) } }

    static func say(_ sentence: String) { FileHandle.standardError.write(Data("oxbow: \(sentence)\n".utf8)) }
}
