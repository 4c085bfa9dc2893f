import Crypto
import OxbowProtocol
import OxbowWire
import ZeroMQ

/// What an operator proves its requests with: a secret that it and its broker alone know.
public struct OperatorKey: Sendable {
    private let key: SymmetricKey

    /// A new one.
    public init() { key = SymmetricKey(size: .bits256) }

    /// The one of two keys (X25519, then HKDF-SHA-256): both sides derive it, each from its own secret and the other's public key.
    /// nil: the other's is no key that anybody can have made.
    init?(own: CurveKey, other: CurveKey) {
        guard let secret = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: own.bytes),
            let known = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: other.bytes),
            let shared = try? secret.sharedSecretFromKeyAgreement(with: known)
        else { return nil }
        key = shared.hkdfDerivedSymmetricKey(
            using: SHA256.self, salt: [UInt8](), sharedInfo: Array("oxbow operator key 1".utf8), outputByteCount: 32)
    }

    /// Of a token's holder.
    /// - Throws: `RuntimeError` for a token whose keys nobody can have made.
    public init(_ token: KeyToken) throws {
        guard let made = OperatorKey(own: token.pair.secretKey, other: token.broker) else {
            throw RuntimeError(.key, "Unable to use the operators' key: it names a broker's key that is none. Copy it anew.")
        }
        self = made
    }
}

extension OperatorKey {
    /// Two parts of one length each, and a name that nothing else is signed under: no other message means the same.
    private static let purpose = Array("oxbow operator 1".utf8)

    /// 32 bytes: the proof that this command, for this challenge, comes from who has the key.
    func mac(challenge: [UInt8], command: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Self.purpose + challenge + command, using: key))
    }

    /// In a time that does not depend on where the proof is wrong.
    func isRight(_ request: OperatorRequest) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            request.mac, authenticating: Self.purpose + request.challenge + request.command, using: key)
    }

    /// The request for a command; `challenge` is the broker's last.
    public func request(_ command: OperatorCommand, challenge: [UInt8]) throws(WireError) -> OperatorRequest {
        let bytes = try OperatorCodec.encode(command)
        return OperatorRequest(challenge: challenge, mac: mac(challenge: challenge, command: bytes), command: bytes)
    }
}
