import Foundation
import OxbowProtocol

// What operators may read of a run: the files of its folder and of its folders for pictures and TensorBoard.
extension RunStore {
    /// Folders below a run's own whose files are an operator's too.
    private static let folders = ["samples", "tensorboard"]
    /// More than a run leaves.
    private static let fileLimit = 20_000

    /// By path; files under way and the artifacts that others are made from are not among them.
    public func files(of run: String) throws(OperatorRefusal) -> [RunFile] {
        guard entry(run) != nil else { throw OperatorDesk.unknown(run) }
        var files = list(run, "")
        for folder in Self.folders { files += list(run, folder + "/") }
        return Array(files.prefix(Self.fileLimit)).sorted { $0.path < $1.path }
    }

    private func list(_ run: String, _ below: String) -> [RunFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder(run))/\(below)")) ?? []
        return names.compactMap { name in
            let path = below + name
            guard Self.isReadable(path), let status = status(of: "\(folder(run))/\(path)") else { return nil }
            return RunFile(path: path, bytes: UInt64(status.st_size))
        }
    }

    /// A name in the run's folder or one of the folders above; nothing that begins with a dot.
    static func isReadable(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), path.utf8.count <= 160, !path.utf8.contains(0) else { return false }
        guard parts.allSatisfy({ !$0.isEmpty && $0.first != "." }) else { return false }
        return parts.count == 1 || folders.contains(String(parts[0]))
    }

    /// nil for anything but a regular file; links are not followed.
    private func status(of path: String) -> stat? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return status
    }

    /// Bytes from `offset` on, at most so many.
    public func read(_ file: String, of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart {
        guard entry(run) != nil else { throw OperatorDesk.unknown(run) }
        guard Self.isReadable(file), let part = part(folder(run) + "/" + file, offset, most) else {
            throw OperatorRefusal(.unknownFile, "run '\(run)' has no file '\(file)'")
        }
        return part
    }

    /// As `read`; a run without a log yet has an empty one.
    public func log(of run: String, offset: UInt64, most: Int) throws(OperatorRefusal) -> FilePart {
        guard entry(run) != nil else { throw OperatorDesk.unknown(run) }
        return part(log(run), offset, most) ?? FilePart(bytes: [], totalBytes: 0, version: "")
    }

    private func part(_ path: String, _ offset: UInt64, _ most: Int) -> FilePart? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let total = UInt64(status.st_size)
        let wanted = offset < total ? min(most, Int(total - offset)) : 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted, let base = buffer.baseAddress {
                let got = pread(descriptor, base + count, wanted - count, off_t(offset) + off_t(count))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { break }
                count += got
            }
        }
        // What grows stays itself; other files are replaced.
        let changed = RunFile.grows(path) ? "" : "-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        return FilePart(bytes: bytes, totalBytes: total, version: "\(status.st_ino)\(changed)")
    }
}
