import Foundation

/// A log of whole lines: what a full disk took half of is taken back, and once there is room a line says how many are missing.
public final class LineFile {
    private let file: DiskFile
    private var end: UInt64
    /// Lines that were not written since the last one that was.
    public private(set) var lostLines = 0

    /// Opens the file, or makes it; a line that was cut short is ended.
    /// - Throws: `RuntimeError` if the file cannot be opened.
    public init(_ path: String) throws {
        do throws(DiskFailure) {
            file = try DiskFile(path)
            end = try file.size()
            if end > 0, try file.content(from: end - 1) != Data("\n".utf8) { _ = append(Data("\n".utf8)) }
        } catch {
            throw RuntimeError.output("write the log", path, error.reason)
        }
    }

    public var byteCount: UInt64 { end }

    /// One line, without its end.
    /// - Returns: false if there is no room for it.
    @discardableResult public func add(_ line: Data) -> Bool {
        // Both or neither: where only a short line has room, it would be the only thing that is written.
        let gap = lostLines > 0 ? "{\"lost_lines\":\(lostLines)}\n" : ""
        let isWritten = append(Data(gap.utf8) + line + Data("\n".utf8))
        lostLines = isWritten ? 0 : lostLines + 1
        return isWritten
    }

    private func append(_ bytes: Data) -> Bool {
        do throws(DiskFailure) {
            try file.write(bytes, at: end)
            end += UInt64(bytes.count)
            return true
        } catch {
            try? file.truncate(to: end)
            return false
        }
    }
}
