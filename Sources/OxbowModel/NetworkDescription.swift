/// A network as its blocks, in order, and which of them never leave the core.
public struct NetworkDescription: Hashable, Sendable {
    public let network: Network
    public let blocks: [BlockDescription]
    /// Always computed in the core; what lies between the first (last) block and these may be head (tail) or core.
    public let coreBlocks: ClosedRange<Int>

    init(_ network: Network, _ blocks: [BlockDescription], coreBlocks: ClosedRange<Int>) {
        precondition(coreBlocks.lowerBound >= 1 && coreBlocks.upperBound <= blocks.count - 2, "both ends stay at the edge")
        self.network = network
        self.blocks = blocks
        self.coreBlocks = coreBlocks
    }

    /// Blocks that the core may have to compute: all but the first and the last.
    public var middle: Range<Int> { 1..<blocks.count - 1 }
    /// How many blocks a head may keep beyond the first.
    public var headCuts: ClosedRange<Int> { 0...coreBlocks.lowerBound - 1 }
    /// How many blocks a tail may keep beyond the last.
    public var tailCuts: ClosedRange<Int> { 0...blocks.count - 2 - coreBlocks.upperBound }
    public var parameterCount: Int { blocks.reduce(0) { $0 + $1.parameterCount } }
    public var tensors: [TensorDescription] { blocks.flatMap(\.tensors) }
}

/// Who computes which blocks of one network: the worker's head and tail, the core between them.
public struct NetworkSegments: Hashable, Sendable {
    public let head: Range<Int>
    public let core: Range<Int>
    public let tail: Range<Int>

    /// True if the worker has its own copy of the block.
    public func holds(_ block: Int) -> Bool { head.contains(block) || tail.contains(block) }
}

/// Both networks divided by one worker's cuts.
public struct Segments: Hashable, Sendable {
    public let generator: NetworkSegments
    public let discriminator: NetworkSegments

    public subscript(network: Network) -> NetworkSegments { network == .generator ? generator : discriminator }

    /// True if the worker has its own copy of the block.
    public func holds(_ network: Network, _ block: Int) -> Bool { self[network].holds(block) }
}
