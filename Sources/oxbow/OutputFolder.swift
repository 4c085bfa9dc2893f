import Foundation
import OxbowExperiment

/// A folder that a command writes into.
enum OutputFolder {
    /// Makes the folder and checks that files can be made in it.
    static func make(_ path: String, mode: Int = 0o755) throws {
        let remedy = "Choose a folder that this user may write, or free some space."
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        } catch {
            throw Failure(.output, "Unable to write to '\(path)': the folder cannot be made. \(remedy)")
        }
        let probe = path + "/.oxbow-\(ProcessInfo.processInfo.processIdentifier)"
        // On a full disk an empty file may be left of it.
        defer { try? FileManager.default.removeItem(atPath: probe) }
        guard FileManager.default.createFile(atPath: probe, contents: Data([0])) else {
            throw Failure(.output, "Unable to write to '\(path)': no file can be made in it. \(remedy)")
        }
    }

    /// Refuses a file that cannot be written because of where it would be, before work is done for it.
    static func check(file path: String) throws {
        let remedy = "Name a file in a folder that exists."
        var isFolder: ObjCBool = false
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw Failure(.output, "Unable to write '\(path)': there is no folder '\(folder)'. \(remedy)")
        }
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw Failure(.output, "Unable to write '\(path)': it is a folder. \(remedy)")
        }
    }

    /// True if two paths lead to the same place, however they are written.
    static func isSame(_ path: String, _ other: String) -> Bool {
        URL(fileURLWithPath: path).standardizedFileURL == URL(fileURLWithPath: other).standardizedFileURL
    }

    /// Writes a whole file or none of it.
    static func write(_ data: Data, to path: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            let reason = error.localizedDescription.trimmingCharacters(in: CharacterSet(charactersIn: ". "))
            throw Failure(.output, "Unable to write '\(path)': \(reason). Check that its folder exists and has space left.")
        }
    }
}
