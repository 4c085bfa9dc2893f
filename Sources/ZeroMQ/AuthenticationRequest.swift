/// What libzmq asks (ZAP, RFC 27) of a `reply` socket at `endpoint` before it lets a CURVE client in.
public struct AuthenticationRequest: Sendable {
    /// Bound before the socket that it decides for, in the same context.
    public static let endpoint = "inproc://zeromq.zap.01"
    private static let version = Array("1.0".utf8)

    private let id: [UInt8]
    /// Of the client, which has proved that it holds the secret half; nil for another mechanism.
    public let publicKey: CurveKey?

    /// Nil for what is no request of this version: only libzmq sends any.
    public init?(_ received: Received) {
        let frames = received.frames.map { $0.copyBytes() }
        // Version, number, domain, address, routing id, mechanism; then what the mechanism knows.
        guard frames.count >= 6, frames[0] == Self.version else { return nil }
        id = frames[1]
        publicKey = frames[5] == Array("CURVE".utf8) && frames.count > 6 ? CurveKey(bytes: frames[6]) : nil
    }

    /// - Parameter user: what messages of the connection say as their `userID`; nil refuses it.
    public func answer(_ user: String?) -> [Message] {
        let (code, text) = user == nil ? ("400", "unknown key") : ("200", "")
        return [Self.version, id, Array(code.utf8), Array(text.utf8), Array((user ?? "").utf8), []].map {
            Message(copying: $0)
        }
    }
}

extension Message {
    /// Of a received frame: as whom the connection was let in; nil without a handshake that asked.
    public var userID: String? { property("User-Id").flatMap { $0.isEmpty ? nil : $0 } }
}
