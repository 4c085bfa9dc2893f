/// What a member does in a run: an edge keeps data and both ends of the U, a core runs the middle.
public enum Role: UInt8, Codable, Hashable, Sendable, CaseIterable {
    case edge = 0
    case core = 1
}

/// A member of a fleet: its role and its slot, the lowest free number it got at its first enrolment, for good.
public struct MemberID: Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public var role: Role
    public var slot: UInt32

    public init(role: Role, slot: UInt32) {
        self.role = role
        self.slot = slot
    }

    public static func edge(_ slot: UInt32) -> MemberID { MemberID(role: .edge, slot: slot) }
    public static func core(_ slot: UInt32 = 0) -> MemberID { MemberID(role: .core, slot: slot) }

    /// Edges first, then cores, each by slot.
    public static func < (a: MemberID, b: MemberID) -> Bool {
        (a.role.rawValue, a.slot) < (b.role.rawValue, b.slot)
    }

    public var description: String { role == .edge ? "worker-\(slot)" : "core-\(slot)" }
}

/// Which of a worker's two connections a message belongs to.
public enum Lane: UInt8, Hashable, Sendable, CaseIterable {
    /// Heartbeats and step control.
    case control = 0
    /// Tensors.
    case bulk = 1
}

/// The protocol versions this build speaks.
public enum ProtocolVersion {
    public static let lowest: UInt32 = 1
    public static let highest: UInt32 = 2
    public static let all = lowest...highest

    /// From here on plans may ask for scores, and cores send what workers need for them.
    static let scoring: UInt32 = 2

    /// For people: "protocol version 1", "protocol versions 1 to 2".
    static func words(_ versions: ClosedRange<UInt32>) -> String {
        words(lowest: versions.lowerBound, highest: versions.upperBound)
    }

    static func words(lowest: UInt32, highest: UInt32) -> String {
        lowest == highest ? "protocol version \(lowest)" : "protocol versions \(lowest) to \(highest)"
    }
}
