/// How many blocks a worker keeps beyond the obligatory ones at each end of both networks.
///
/// `generatorHead = 1` means blocks 0 and 1 of G are the worker's head; `generatorTail = 1` means the last two are
/// its tail. Which values are admissible comes from the `ModelDescription`.
public struct Cuts: Codable, Hashable, Sendable {
    public var generatorHead: Int
    public var generatorTail: Int
    public var discriminatorHead: Int
    public var discriminatorTail: Int

    public init(generatorHead: Int, generatorTail: Int, discriminatorHead: Int, discriminatorTail: Int) {
        self.generatorHead = generatorHead
        self.generatorTail = generatorTail
        self.discriminatorHead = discriminatorHead
        self.discriminatorTail = discriminatorTail
    }

    /// From `[gh, gt, dh, dt]`, the order used in files; nil unless there are four numbers.
    public init?(_ values: [Int]) {
        guard values.count == 4 else { return nil }
        self.init(
            generatorHead: values[0], generatorTail: values[1],
            discriminatorHead: values[2], discriminatorTail: values[3])
    }

    /// `[gh, gt, dh, dt]`.
    public var values: [Int] { [generatorHead, generatorTail, discriminatorHead, discriminatorTail] }

    /// The least a worker can keep.
    public static let minimal = Cuts(generatorHead: 0, generatorTail: 0, discriminatorHead: 0, discriminatorTail: 0)
}
