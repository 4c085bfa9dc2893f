import Foundation

/// A reader of a broker's pages, over a plain socket: it sends what a test says, and reads events as they come.
final class WebClient {
    struct Reply {
        var status: Int
        /// By their names in lower case.
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let port: UInt16
    init(port: UInt16) { self.port = port }

    /// One request on a connection of its own.
    func get(_ path: String, _ headers: [String] = [], method: String = "GET", host: String = "127.0.0.1") throws -> Reply {
        let stream = try WebStream(port: port)
        try stream.send(
            (["\(method) \(path) HTTP/1.1", "Host: \(host):\(port)", "Connection: close"] + headers + ["", ""])
                .joined(separator: "\r\n"))
        return try Self.reply(stream.readAll(), hasBody: method != "HEAD")
    }

    /// Opens a stream of events.
    func listen(_ path: String = "/events") throws -> WebStream {
        let stream = try WebStream(port: port)
        try stream.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: text/event-stream\r\n\r\n")
        return stream
    }

    private static func reply(_ bytes: [UInt8], hasBody: Bool) throws -> Reply {
        let mark = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else {
            throw Failure(description: "no head in \(String(decoding: bytes.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "no status in \(lines)")
        }
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let body = Array(bytes[(end + mark.count)...])
        let reply = Reply(status: status, headers: Dictionary(headers, uniquingKeysWith: { $1 }), body: body)
        if hasBody, let length = reply.headers["content-length"].flatMap({ Int($0) }), length != body.count {
            throw Failure(description: "\(body.count) of \(length) bytes came")
        }
        return reply
    }
}

/// One connection to 127.0.0.1.
final class WebStream {
    private let descriptor: Int32
    private var text = ""

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            throw WebClient.Failure(description: "cannot connect to \(port): \(String(cString: strerror(errno)))")
        }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw WebClient.Failure(description: "cannot send") }
    }

    /// What came by now, at least a byte; empty at the end.
    private func readSome() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw WebClient.Failure(description: "nothing came for a minute") }
        return Array(buffer.prefix(count))
    }

    func readAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let some = try readSome()
            if some.isEmpty { return all }
            all += some
        }
    }

    /// The data of the next event of this name that fits; nil when the stream ended before, or none came within two minutes.
    func next(_ name: String, where fits: ([String: Any]) -> Bool = { _ in true }) throws -> [String: Any]? {
        let deadline = Date().addingTimeInterval(120)
        while Date() < deadline {
            while let end = text.range(of: "\n\n") {
                let event = String(text[..<end.lowerBound])
                text.removeSubrange(..<end.upperBound)
                // The length of a chunk may stand before an event.
                guard event.contains("event: \(name)\n"), let data = event.range(of: "data: ") else { continue }
                let object = try JSONSerialization.jsonObject(with: Data(event[data.upperBound...].utf8)) as? [String: Any]
                if let object, fits(object) { return object }
            }
            let some = try readSome()
            if some.isEmpty { return nil }
            text += String(decoding: some, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
        }
        return nil
    }
}
