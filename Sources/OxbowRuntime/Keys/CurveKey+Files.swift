import Crypto
import ZeroMQ

/// A key with its public half.
public struct KeyPair: Hashable, Sendable {
    public let publicKey: CurveKey
    public let secretKey: CurveKey

    public init(secretKey: CurveKey) { (publicKey, self.secretKey) = (secretKey.publicKey, secretKey) }

    /// A new one, from the system's random numbers.
    public init() { (publicKey, secretKey) = CurveKey.makePair() }

    /// Of a client that knows its server by this key.
    public func client(of server: CurveKey) -> SocketOptions.Security {
        .curveClient(serverKey: server, publicKey: publicKey, secretKey: secretKey)
    }
}

extension CurveKey {
    /// Of a public key: 32 hex digits, the first half of its SHA-256.
    public var fingerprint: String {
        SHA256.hash(data: bytes).prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension CurveKey: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let key = CurveKey(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a key is not 64 hex digits")
        }
        self = key
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
