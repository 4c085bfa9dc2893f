/// One of the two networks; the raw value starts the names of its tensors.
public enum Network: String, Hashable, Sendable, CaseIterable, Comparable {
    case generator = "g"
    case discriminator = "d"

    /// Generator first.
    public static func < (left: Network, right: Network) -> Bool { left == .generator && right == .discriminator }
}

/// Which block of which network; written `g.1`.
public struct BlockName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var network: Network
    public var index: Int

    public init(_ network: Network, _ index: Int) {
        self.network = network
        self.index = index
    }

    /// From `g.1`, or from the name of one of its tensors; nil when it is neither.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let network = Network(rawValue: String(parts[0])), let index = Int(parts[1]), index >= 0
        else { return nil }
        self.init(network, index)
    }

    public var description: String { "\(network.rawValue).\(index)" }

    public static func < (left: BlockName, right: BlockName) -> Bool {
        (left.network, left.index) < (right.network, right.index)
    }
}
