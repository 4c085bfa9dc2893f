/// A ZeroMQ endpoint that a person wrote, checked before it is used.
struct Endpoint: Hashable {
    enum Transport: Hashable {
        case ipc(path: String)
        case tcp(host: String, port: String)
    }

    let text: String
    let transport: Transport

    /// - Throws: `Failure` in band usage, with what would be right.
    init(_ text: String) throws {
        self.text = text
        if text.hasPrefix("ipc://"), text.count > 6 {
            transport = .ipc(path: String(text.dropFirst(6)))
            return
        }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"), colon > text.index(text.startIndex, offsetBy: 5)
        else { throw Self.wrong(text) }
        let host = String(text[text.index(text.startIndex, offsetBy: 6)..<colon])
        let port = String(text[text.index(after: colon)...])
        guard !host.isEmpty, port == "*" || UInt16(port).map({ $0 > 0 }) == true else { throw Self.wrong(text) }
        transport = .tcp(host: host, port: port)
    }

    /// Whether nothing of it leaves this machine.
    var isLocal: Bool {
        guard case .tcp(let host, _) = transport else { return true }
        if host == "localhost" || host == "[::1]" { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes.allSatisfy { $0 != nil } && bytes[0] == 127
    }

    private static func wrong(_ text: String) -> Failure {
        Failure(
            .usage,
            "Unable to use '\(text)': an endpoint is tcp://HOST:PORT with a port from 1 to 65535 (or * to listen on a free "
                + "one), or ipc://PATH.")
    }
}
