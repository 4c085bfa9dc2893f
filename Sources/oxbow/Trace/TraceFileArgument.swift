import ArgumentParser
import Foundation
import OxbowTrace

/// The trace that a command reads.
struct TraceFileArgument: ParsableArguments {
    @Argument(help: "A run.oxtrace, or the folder that holds it.") var file: String

    var path: String { Self.path(file) }

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
        guard let sentence = reader.ending?.sentence else { return }
        FileHandle.standardError.write(Data("oxbow: \(sentence)\n".utf8))
    }
}
