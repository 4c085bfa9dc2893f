import Foundation

/// A lock between processes, held until it is released or the process ends.
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// Waits for it, after having said so; nil if there can be no such file.
    public init?(folder: String, name: String, waiting: () -> Void = {}) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        descriptor = Self.open(folder + "/" + name)
        guard descriptor >= 0 else { return nil }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        if errno == EWOULDBLOCK { waiting() }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                return nil
            }
        }
    }

    /// Takes it at once; nil if another process has it, or there can be no such file.
    public init?(taking path: String) {
        descriptor = Self.open(path)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    private static func open(_ path: String) -> Int32 { Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }

    public func release() { close(descriptor) }
}
