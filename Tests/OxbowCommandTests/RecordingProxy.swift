import Foundation
import Synchronization

/// Stands between members and their broker, and keeps every byte that passes either way.
// Sendable: what is kept is behind the lock; the rest is fixed.
final class RecordingProxy: Sendable {
    let port: UInt16
    private let listener: Int32
    private let target: UInt16
    private let streams = Mutex<[[UInt8]]>([])

    struct Failure: Error {
        var description: String
    }

    init(to target: UInt16) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw Failure(description: "a proxy cannot listen: \(errno)") }
        (self.target, self.listener, port) = (target, listener, UInt16(bigEndian: address.sin_port))
        Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                join(client)
            }
        }.start()
    }

    /// All that passed so far, a stream for each direction of each connection.
    var captured: [[UInt8]] { streams.withLock { $0 } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private func join(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(target)
        let isThere = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isThere else {
            close(client)
            close(server)
            return
        }
        for (from, to) in [(client, server), (server, client)] {
            Thread { [self] in pump(from, to) }.start()
        }
    }

    private func pump(_ from: Int32, _ to: Int32) {
        let stream = streams.withLock { streams in
            streams.append([])
            return streams.count - 1
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(from, &buffer, buffer.count)
            guard count > 0 else { break }
            streams.withLock { $0[stream] += buffer[..<count] }
            var done = 0
            while done < count {
                let put = buffer.withUnsafeBytes { write(to, $0.baseAddress! + done, count - done) }
                guard put > 0 else { break }
                done += put
            }
        }
        // The descriptors stay until the test's process ends: the other direction may still use them.
        shutdown(to, Int32(SHUT_WR))
    }
}

/// Finds any of many byte patterns in streams.
struct PatternSearch {
    private var byStart: [UInt64: [[UInt8]]] = [:]
    private(set) var count = 0

    /// Patterns of at least 8 bytes.
    mutating func add(_ pattern: [UInt8]) {
        precondition(pattern.count >= 8, "a pattern of \(pattern.count) bytes")
        let start = pattern.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        if byStart[start]?.contains(pattern) != true { byStart[start, default: []].append(pattern) }
        count += 1
    }

    /// How many places hold one.
    func occurrences(in streams: [[UInt8]]) -> Int { streams.reduce(0) { $0 + occurrences(in: $1) } }

    private func occurrences(in stream: [UInt8]) -> Int {
        guard stream.count >= 8 else { return 0 }
        return stream.withUnsafeBytes { bytes in
            (0...(bytes.count - 8)).reduce(0) { found, place in
                let start = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let isHere = byStart[start]?.contains { pattern in
                    place + pattern.count <= bytes.count
                        && pattern.withUnsafeBytes { memcmp($0.baseAddress!, bytes.baseAddress! + place, pattern.count) == 0 }
                }
                return found + (isHere == true ? 1 : 0)
            }
        }
    }
}
