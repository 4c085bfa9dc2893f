/// ZeroMQ endpoints that a person wrote.
enum Endpoint {
    /// Whether nothing of it leaves this machine.
    /// - Throws: `Failure` in band usage for what is no endpoint, with what would be right.
    static func isLocal(_ text: String) throws -> Bool {
        if text.hasPrefix("ipc://"), text.count > 6 { return true }
        let address = text.dropFirst(6)
        guard text.hasPrefix("tcp://"), let colon = address.lastIndex(of: ":") else { throw wrong(text) }
        let (host, port) = (address[..<colon], address[address.index(after: colon)...])
        guard !host.isEmpty, port == "*" || UInt16(port).map({ $0 > 0 }) == true else { throw wrong(text) }
        return isLoopback(host)
    }

    /// By which a process of this machine reaches who listens there: every address is loopback's too.
    static func onThisMachine(_ bound: String) -> String {
        for (all, loopback) in [
            ("tcp://0.0.0.0:", "tcp://127.0.0.1:"), ("tcp://*:", "tcp://127.0.0.1:"), ("tcp://[::]:", "tcp://[::1]:"),
        ]
        where bound.hasPrefix(all) { return loopback + bound.dropFirst(all.count) }
        return bound
    }

    private static func isLoopback(_ host: Substring) -> Bool {
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
