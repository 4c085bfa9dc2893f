import Crypto
import Foundation
import ZeroMQ

/// A secret key with the broker that it is for, as one line of text.
///
/// `oxbow-<kind>-1.<broker's public key>.<secret key>.<checksum>`: keys as 64 hex digits, the checksum the first 8 of the
/// SHA-256 of what precedes its dot.
public struct KeyToken: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Lets workers enrol.
        case join
        /// Lets its holder steer.
        case `operator`
    }

    public let kind: Kind
    public let broker: CurveKey
    public let pair: KeyPair

    /// Why a text is no token; never with a part of the text.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    public init(_ kind: Kind, broker: CurveKey, pair: KeyPair) {
        (self.kind, self.broker, self.pair) = (kind, broker, pair)
    }

    /// - Throws: `Fault`.
    public init(_ text: String, _ kind: Kind) throws(Fault) {
        let parts = text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == Self.prefix(kind) else {
            throw Fault(description: Self.strangeness(parts.first.map(String.init) ?? "", kind))
        }
        guard parts[3] == Self.checksum(parts[..<3].joined(separator: ".")) else {
            throw Fault(description: "a part of it is missing or changed")
        }
        guard let broker = CurveKey(hex: String(parts[1])), let secret = CurveKey(hex: String(parts[2])) else {
            throw Fault(description: "it does not hold two keys")
        }
        self.init(kind, broker: broker, pair: KeyPair(secretKey: secret))
    }

    public var text: String {
        let content = "\(Self.prefix(kind)).\(broker.hex).\(pair.secretKey.hex)"
        return "\(content).\(Self.checksum(content))"
    }

    /// What a client of this token connects with.
    public var security: SocketOptions.Security { pair.client(of: broker) }

    /// A key of this token's holder for one of many workers that it plays: always the same one.
    public func derivedPair(for worker: String) -> KeyPair {
        let content = Array("oxbow played worker 1".utf8) + pair.secretKey.bytes + Array(worker.utf8)
        guard let secret = CurveKey(bytes: Array(SHA256.hash(data: content))) else { fatalError("a hash of another length") }
        return KeyPair(secretKey: secret)
    }

    private static func prefix(_ kind: Kind) -> String { "oxbow-\(kind.rawValue)-1" }

    private static func strangeness(_ prefix: String, _ kind: Kind) -> String {
        let other = Kind.allCases.first { $0 != kind && prefix == Self.prefix($0) }
        if let other { return "it is a token of kind '\(other.rawValue)', not '\(kind.rawValue)'" }
        return "it is no token: that is one line, beginning with '\(Self.prefix(kind)).', of four parts"
    }

    private static func checksum(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
