import CZeroMQ

/// A CURVE key, public or secret: 32 bytes, as text 40 characters of Z85 (libzmq's) or 64 hex digits (of Oxbow's files).
public struct CurveKey: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Nil unless this is Z85 of 32 bytes.
    public init?(z85 text: String) {
        guard text.utf8.count == 40 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        guard zmq_z85_decode(&bytes, text) != nil else { return nil }
        self.bytes = bytes
    }

    public var z85: String {
        var encoded = [CChar](repeating: 0, count: 41)
        guard zmq_z85_encode(&encoded, bytes, bytes.count) != nil else { fatalError("z85 of \(bytes.count) bytes") }
        return text(of: encoded)
    }

    /// Nil unless these are 64 hex digits.
    public init?(hex text: String) {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        self.bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    public var hex: String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }

    /// Of this secret key.
    public var publicKey: CurveKey {
        var encoded = [CChar](repeating: 0, count: 41)
        must("derive a public key") { zmq_curve_public(&encoded, z85) }
        guard let key = CurveKey(z85: text(of: encoded)) else { fatalError("libzmq derived a CURVE key that is not Z85") }
        return key
    }

    /// A new pair, from the system's random numbers.
    public static func makePair() -> (publicKey: CurveKey, secretKey: CurveKey) {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        must("make a CURVE key pair") { zmq_curve_keypair(&publicText, &secretText) }
        guard let publicKey = CurveKey(z85: text(of: publicText)),
            let secretKey = CurveKey(z85: text(of: secretText))
        else { fatalError("libzmq made a CURVE key that is not Z85") }
        return (publicKey, secretKey)
    }
}
