import Foundation
import OxbowProtocol
import OxbowRuntime
import OxbowWire

/// Copies a run's files, part by part.
struct FileFetch {
    private let client: OperatorClient
    private let run: String
    private let folder: String

    /// A file that is replaced while it is copied is copied anew, so often.
    private static let attempts = 5

    init(_ client: OperatorClient, run: String, folder: String) {
        (self.client, self.run, self.folder) = (client, run, folder)
    }

    /// - Throws: `OperatorRefusal`, `RuntimeError`, `Failure` in band output.
    func fetch(_ file: RunFile) throws {
        let target = try target(file.path)
        for _ in 0..<Self.attempts where try copy(file, to: target) { return }
        throw Failure(
            .peer, "Unable to fetch '\(file.path)': it changed while it was copied, \(Self.attempts) times. Try again later.")
    }

    /// The broker's names are not trusted to stay in the folder.
    private func target(_ path: String) throws -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.first != "." && !$0.contains("\0") }) else {
            throw Failure(.peer, "Unable to fetch '\(StatusTable.printable(path))': it is no file of a run. Use one release.")
        }
        if parts.count == 2 { try OutputFolder.make("\(folder)/\(parts[0])") }
        return "\(folder)/\(path)"
    }

    /// - Returns: false if the file became another one on the way.
    private func copy(_ file: RunFile, to target: String) throws -> Bool {
        let hidden = URL(fileURLWithPath: target)
        let temporary = hidden.deletingLastPathComponent().path + "/.\(hidden.lastPathComponent).part"
        guard FileManager.default.createFile(atPath: temporary, contents: nil),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw unwritable(target, "no file can be made beside it") }
        defer { unlink(temporary) }
        guard let size = try copyParts(file, to: handle, target) else { return false }
        do {
            try handle.synchronize()
            try handle.close()
        } catch { throw unwritable(target, error.localizedDescription) }
        var status = stat()
        guard stat(temporary, &status) == 0, UInt64(status.st_size) == size else {
            throw unwritable(target, "it is not as long as it should be")
        }
        guard rename(temporary, target) == 0 else { throw unwritable(target, String(cString: strerror(errno))) }
        return true
    }

    /// - Returns: bytes written; nil if parts of two versions came. Of what grows as much is taken as was listed.
    private func copyParts(_ file: RunFile, to handle: FileHandle, _ target: String) throws -> UInt64? {
        var (offset, version) = (UInt64(0), String?.none)
        var size = file.bytes
        repeat {
            let most = UInt32(min(UInt64(WireLimits.operatorPartBytes), max(1, size - offset)))
            let part = try client.ask(.fetch(run: run, file: file.path, offset: offset, mostBytes: most))
            if version == nil, part.totalBytes != size, !RunFile.grows(file.path) { size = part.totalBytes }
            guard version ?? part.message == part.message, part.totalBytes >= size else { return nil }
            version = part.message
            let kept = part.content.prefix(Int(size - offset))
            guard !kept.isEmpty || offset == size else { return nil }
            do { try handle.write(contentsOf: Data(kept)) } catch { throw unwritable(target, error.localizedDescription) }
            offset += UInt64(kept.count)
        } while offset < size
        return size
    }

    private func unwritable(_ path: String, _ reason: String) -> Failure {
        Failure(.output, "Unable to write '\(path)': \(reason). Check --out and that there is space left.")
    }
}
