import Foundation

/// Raw TCP connections to a broker's port, many at a time.
enum ConnectionFlood {
    /// - Returns: the descriptor, or nil if there is no connection within so many seconds.
    static func dial(_ endpoint: String, seconds: Int = 60) -> Int32? {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard file >= 0 else { return nil }
        // Of a connection that waits for its turn, too.
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port(endpoint)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected == 0 { return file }
        close(file)
        return nil
    }

    /// Opens `count` connections and keeps the newest `held` of them until all are open.
    static func open(_ endpoint: String, _ count: Int, holding held: Int) -> Int {
        var files: [Int32] = []
        var opened = 0
        // Where the queue of those who wait is full, a connection takes a second try.
        for _ in 0..<10 * count where opened < count {
            guard let file = dial(endpoint, seconds: 1) else { continue }
            opened += 1
            files.append(file)
            if files.count > held { close(files.removeFirst()) }
        }
        files.forEach { close($0) }
        return opened
    }

    /// In network order.
    private static func port(_ endpoint: String) -> UInt16 {
        UInt16(endpoint.split(separator: ":").last ?? "").map(\.bigEndian) ?? 0
    }

    /// How many descriptors of this process belong to a port that it listens at.
    static func descriptors(_ endpoint: String) -> Int {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return files.compactMap { Int32($0) }.count { file in
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let named = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &size) }
            }
            return named == 0 && address.sin_family == sa_family_t(AF_INET) && address.sin_port == port(endpoint)
        }
    }
}
