/// A worker's wish to have its key enrolled; over a connection of that key, the question what it is enrolled as.
public struct EnrolmentRequest: Hashable, Sendable {
    /// 32 bytes: CURVE.
    public var publicKey: [UInt8]
    public var workerID: String
    public var role: Role
    public var tier: String
    public var tags: [String: String]

    public init(publicKey: [UInt8], workerID: String, role: Role, tier: String, tags: [String: String] = [:]) {
        self.publicKey = publicKey
        self.workerID = workerID
        self.role = role
        self.tier = tier
        self.tags = tags
    }
}

/// What became of a wish to be enrolled. Numbers are stable; docs/protocol.md, section 14.
public enum EnrolmentCode: UInt32, Hashable, Sendable, CaseIterable {
    case done = 0
    /// The token is used up or expired.
    case spent = 1
    /// The token is not for this role, tier or tags.
    case notAllowed = 2
    /// Another key has this name.
    case nameTaken = 3
    /// The broker could not: its disk, or it enrols nobody.
    case failed = 4
}

/// The broker's answer.
public struct EnrolmentReply: Hashable, Sendable {
    public var code: EnrolmentCode
    /// The name it is enrolled under; empty where the request was refused.
    public var workerID: String
    /// Of an edge.
    public var slot: UInt32?
    /// Why it was refused, for people.
    public var message: String

    public init(code: EnrolmentCode = .done, workerID: String = "", slot: UInt32? = nil, message: String = "") {
        self.code = code
        self.workerID = workerID
        self.slot = slot
        self.message = message
    }
}

/// What a connection's key is enrolled as: what its member may claim.
public struct Admission: Hashable, Sendable {
    public var workerID: String
    public var role: Role
    public var tier: String
    public var tags: [String: String]
    /// Of an edge; nil where places are kept by name.
    public var slot: UInt32?

    public init(workerID: String, role: Role, tier: String, tags: [String: String] = [:], slot: UInt32? = nil) {
        self.workerID = workerID
        self.role = role
        self.tier = tier
        self.tags = tags
        self.slot = slot
    }

    /// What a hello claims beyond it, as a sentence; nil if nothing.
    public func fault(of hello: Hello) -> String? {
        guard hello.workerID == workerID else {
            return "This key is enrolled as '\(workerID)', not '\(hello.workerID)'. Leave --id out, or enrol another key."
        }
        guard hello.role == role else {
            return "This key is enrolled as \(role), not \(hello.role). Enrol another key with --role \(hello.role)."
        }
        guard hello.tier == tier else {
            return "This key is enrolled for tier '\(tier)', not '\(hello.tier)'. Use --tier \(tier), or enrol another key."
        }
        guard let tag = hello.capabilities.ownersTags.sorted(by: { $0.key < $1.key }).first(where: { tags[$0.key] != $0.value })
        else {
            return nil
        }
        return "This key is not enrolled with tag \(tag.key)=\(tag.value). Leave it out, or enrol another key."
    }
}
