import OxbowModel

/// Bytes of tensors that a step cannot do without in a worker that holds these segments.
///
/// What an implementation keeps beyond them (a second copy before normalisation, scratch, frames in queues), the program
/// itself and the worker's images come on top (docs/scheduling.md).
public struct SegmentMemory: Hashable, Sendable {
    /// Values, gradients and Adam's two moments; running values once.
    public var parameters: Int
    /// Every block's output, in each pass from forward to backward.
    public var activations: Int
    /// The largest message each way; the one that comes down is the tail's input.
    public var messages: Int

    public var bytes: Int { parameters + activations + messages }

    /// Throws `ModelError` for inadmissible cuts.
    public init(_ model: ModelDescription, cuts: Cuts, batch: Int) throws {
        let segments = try model.segments(for: cuts)
        parameters = 0
        activations = 0
        for network in [Network.generator, .discriminator] {
            // D's passes on fakes, on real images and for G.
            let passes = network == .generator ? 1 : 3
            for block in model[network].blocks where segments.holds(network, block.name.index) {
                parameters += block.stateBytes + 3 * 4 * block.parameterCount
                activations += passes * batch * block.cost.outputBytes
            }
        }
        func largest(up: Bool) throws -> Int {
            try ModelDescription.exchanges.map { exchange in
                try model.shape(of: exchange, up: up, cuts: cuts, batch: batch).reduce(0) { $0 + $1.reduce(4, *) }
            }.max() ?? 0
        }
        messages = try largest(up: true) + largest(up: false)
    }
}
