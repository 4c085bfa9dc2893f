import Foundation
import Synchronization

/// An HTTP server on 127.0.0.1, on a port of the system's choice, whose answers a test writes byte by byte.
///
/// One connection after the other, one request on each; gone with its owner.
public final class LoopbackServer: Sendable {
    public struct Request: Hashable, Sendable {
        /// The last part of the path.
        public var file: String
        /// Where a Range header asks to begin.
        public var start: Int?
    }

    public struct Reply: Sendable {
        var bytes: [UInt8]
        /// Keeps the connection open after the bytes until the client or the server goes.
        var holds = false

        /// A head, and a body that need not fit it.
        public init(_ status: String, _ fields: [String] = [], body: [UInt8] = [], holds: Bool = false) {
            let lines = ["HTTP/1.1 \(status)"] + fields + ["Connection: close", "", ""]
            self.init(raw: Array(lines.joined(separator: "\r\n").utf8) + body, holds: holds)
        }

        public init(raw: [UInt8], holds: Bool = false) {
            bytes = raw
            self.holds = holds
        }

        /// The whole file.
        public static func whole(_ content: [UInt8]) -> Reply {
            Reply("200 OK", ["Content-Length: \(content.count)"], body: content)
        }

        /// What the request asks for: the rest from its start, or the whole.
        public static func rest(_ content: [UInt8], _ request: Request) -> Reply {
            guard let start = request.start else { return whole(content) }
            guard start < content.count else { return Reply("416 Range Not Satisfiable", ["Content-Length: 0"]) }
            let range = "bytes \(start)-\(content.count - 1)/\(content.count)"
            return Reply(
                "206 Partial Content", ["Content-Range: \(range)", "Content-Length: \(content.count - start)"],
                body: Array(content[start...]))
        }

        /// Promises the whole file and breaks off after `count` bytes.
        public static func broken(_ content: [UInt8], after count: Int, holds: Bool = false) -> Reply {
            Reply("200 OK", ["Content-Length: \(content.count)"], body: Array(content.prefix(count)), holds: holds)
        }
    }

    public let port: UInt16
    public var address: String { "http://127.0.0.1:\(port)" }
    public var requests: [Request] { log.withLock { $0 } }

    private let listener: Int32
    private let log = Log()

    /// What the thread and the owner share; the thread must not hold the server, or it would never end.
    private final class Log: Sendable {
        private let requests = Mutex<[Request]>([])
        func withLock<Value: Sendable>(_ body: (inout sending [Request]) -> sending Value) -> Value { requests.withLock(body) }
    }

    /// - Parameter answer: from a request and how many there were before it.
    public init(_ answer: @escaping @Sendable (Request, Int) -> Reply) {
        // A proxy of the surroundings has no business here.
        setenv("no_proxy", "127.0.0.1", 1)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        precondition(bound, "no loopback socket: errno \(errno)")
        port = UInt16(bigEndian: name.sin_port)
        self.listener = listener
        let log = log
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 && errno == EINTR { continue }
                if connection < 0 { break }
                Self.serve(connection, log, answer)
                close(connection)
            }
            close(listener)
        }
    }

    // Wakes the thread, which closes the socket.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func serve(_ connection: Int32, _ log: Log, _ answer: (Request, Int) -> Reply) {
        guard let request = read(connection) else { return }
        let number = log.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        let reply = answer(request, number)
        var sent = 0
        while sent < reply.bytes.count {
            let put = reply.bytes.withUnsafeBytes {
                send(connection, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if put <= 0 { return }
            sent += put
        }
        var byte: UInt8 = 0
        if reply.holds { _ = recv(connection, &byte, 1, 0) }
    }

    private static func read(_ connection: Int32) -> Request? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !text.contains("\r\n\r\n") {
            let got = recv(connection, &buffer, buffer.count, 0)
            if got <= 0 { return nil }
            text += String(decoding: buffer.prefix(got), as: UTF8.self)
        }
        let lines = text.components(separatedBy: "\r\n")
        let path = lines[0].split(separator: " ").dropFirst().first ?? ""
        let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
        return Request(
            file: path.split(separator: "/").last.map(String.init) ?? "",
            start: range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0.isNumber }) })
    }
}
