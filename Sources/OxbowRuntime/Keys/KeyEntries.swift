import OxbowProtocol
import ZeroMQ

/// What a broker keeps of a key: only its public half.
public protocol KeyEntry: Codable, Hashable, Sendable {
    /// Of the folder that has these entries.
    static var folder: String { get }
    var publicKey: CurveKey { get }
    /// Seconds since 1970; nil: it counts.
    var revoked: Double? { get set }
}

extension KeyEntry {
    public var fingerprint: String { publicKey.fingerprint }
}

/// What a member does, by name in a file.
public enum KeyRole: String, Codable, Hashable, Sendable, CaseIterable {
    case edge, core

    public init(_ role: Role) { self = role == .edge ? .edge : .core }
    public var role: Role { self == .edge ? .edge : .core }
}

/// A worker that may take part.
public struct WorkerEntry: KeyEntry {
    public static let folder = "workers"

    public var publicKey: CurveKey
    public var name: String
    public var role: KeyRole
    public var tier: String
    public var tags: [String: String]
    /// Given out by the broker, for good; nil before, and of a core.
    public var slot: UInt32?
    /// Fingerprint of the token that it was enrolled by; nil: by hand.
    public var token: String?
    /// Seconds since 1970.
    public var enrolled: Double
    public var revoked: Double?

    public init(
        publicKey: CurveKey, name: String, role: KeyRole, tier: String, tags: [String: String] = [:], slot: UInt32? = nil,
        token: String? = nil, enrolled: Double
    ) {
        self.publicKey = publicKey
        self.name = name
        self.role = role
        self.tier = tier
        self.tags = tags
        self.slot = slot
        self.token = token
        self.enrolled = enrolled
    }
}

/// A join token and its limits.
public struct TokenEntry: KeyEntry {
    public static let folder = "tokens"

    public var publicKey: CurveKey
    /// Workers that it may enrol.
    public var uses: Int
    /// Seconds since 1970; nil: never.
    public var expires: Double?
    public var roles: [KeyRole]
    /// Of edges; empty: any.
    public var tiers: [String]
    /// Empty: any; else workers have these, and no others.
    public var tags: [String: String]
    public var made: Double
    public var revoked: Double?

    public init(
        publicKey: CurveKey, uses: Int, expires: Double?, roles: [KeyRole] = [.edge], tiers: [String] = [],
        tags: [String: String] = [:], made: Double
    ) {
        self.publicKey = publicKey
        self.uses = uses
        self.expires = expires
        self.roles = roles
        self.tiers = tiers
        self.tags = tags
        self.made = made
    }
}

/// Who may steer.
public struct OperatorEntry: KeyEntry {
    public static let folder = "operators"

    public var publicKey: CurveKey
    public var name: String
    public var made: Double
    public var revoked: Double?

    public init(publicKey: CurveKey, name: String, made: Double) {
        self.publicKey = publicKey
        self.name = name
        self.made = made
    }
}

/// Who a connection proved to be: what libzmq calls its User-Id.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable {
        case join, worker, `operator`
    }

    public var kind: Kind
    public var fingerprint: String

    public init(_ kind: Kind, _ fingerprint: String) { (self.kind, self.fingerprint) = (kind, fingerprint) }

    public init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])) else { return nil }
        self.init(kind, String(parts[1]))
    }

    public var description: String { "\(kind.rawValue):\(fingerprint)" }
}
