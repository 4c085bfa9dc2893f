/// Where HTTP is served: HOST:PORT.
public struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    /// An address or a name, without brackets.
    public var host: String
    /// 0: a free one.
    public var port: Int

    /// - Throws: `WebError` for what is no HOST:PORT.
    public init(_ text: String) throws(WebError) {
        guard let colon = text.lastIndex(of: ":") else { throw Self.wrong(text) }
        let (host, port) = (text[..<colon], text[text.index(after: colon)...])
        let isBracketed = host.first == "[" && host.last == "]" && host.count > 2
        guard isBracketed || (!host.isEmpty && !host.contains { "[]:/ ".contains($0) }),
            let number = port == "*" ? 0 : UInt16(port)
        else { throw Self.wrong(text) }
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : host == "*" ? "0.0.0.0" : String(host)
        // The same everywhere, whatever a machine makes of that name.
        if self.host == "localhost" { self.host = "127.0.0.1" }
        self.port = Int(number)
    }

    private static func wrong(_ text: String) -> WebError {
        WebError(.address, "say HOST:PORT, such as 127.0.0.1:8080, with port * for a free one", subject: text)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether nobody outside this machine reaches it.
    public var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes.allSatisfy { $0 != nil } && bytes[0] == 127
    }

    /// The host of a request's `Host` header, without its port.
    static func host(ofAuthority text: String) -> String {
        if text.first == "[" { return String(text.prefix { $0 != "]" }) + "]" }
        return String(text.prefix { $0 != ":" })
    }
}

extension WebAddress {
    /// Who may read the pages of a broker that listens here.
    /// - Parameter isOpen: it was said that everybody may.
    /// - Throws: `WebError` where everybody on a network could, and nobody said so.
    public func check(hasToken: Bool, isOpen: Bool) throws(WebError) {
        guard isLoopback || hasToken || isOpen else {
            throw WebError(
                .address,
                "everybody who reaches it could read it. Name a --http-token file, stay on loopback, or say --http-open if "
                    + "everybody may",
                subject: description)
        }
    }
}
