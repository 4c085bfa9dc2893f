import COxbowKernels

/// A layer's weights with the copies that its passes read; shared by the convolutions of all lanes and batch sizes.
///
/// The storage layout is PyTorch's own, for every shape: (out, in, k, k), or (in, out, k, k) when transposed. So files,
/// averages and Adam see one layout, whatever the machine's kernels prefer; their copies are refreshed once a step.
///
/// `@unchecked Sendable`: `packed()` and `load` have it alone; in between lanes only read.
public final class ConvolutionWeights: @unchecked Sendable {
    /// PyTorch's shape.
    public let shape: [Int]
    public let transposed: Bool
    /// What Adam updates; call `packed()` afterwards.
    public let values: Tensor
    /// (IC, K, K, OC) of the plain convolution, for our own kernels.
    let narrow: Tensor?
    private let packers: [(any PackedFilter)?]
    private let plainShape: oxbow_conv_shape

    /// Zeros, packed for the passes of `convolution`. Throws when oneDNN offers no reorder.
    public init(like convolution: Convolution) throws(KernelError) {
        shape = convolution.shape.weightShape
        transposed = convolution.shape.transposed
        values = Tensor(shape)
        plainShape = convolution.shape.plain
        narrow = Convolution.isNarrow(convolution.shape) ? Tensor([convolution.shape.weightCount]) : nil
        var packers: [(any PackedFilter)?] = []
        var planes: Tensor?
        for kind in [PassKind.forward, .backwardData] {
            switch convolution.plainPass(kind) {
            case .oneDNN(let pass): packers.append(try WeightPacker(pass))
            case .winograd(let pass):
                planes = planes ?? Tensor(uninitialized: [pass.plan.planesCount])
                packers.append(WinogradFilter(pass.plan, kind, planes: planes!))
            case .narrow, .reference: packers.append(nil)
            }
        }
        self.packers = packers
    }

    /// Refreshes the copies after `values` changed.
    public func packed() {
        for packer in packers { packer?.pack(values) }
        guard let narrow else { return }
        var plain = plainShape
        oxbow_narrow_pack(&plain, values.data, narrow.data)
    }

    func packer(_ kind: PassKind) -> (any PackedFilter)? { packers[kind.rawValue] }

    /// Sets the values from PyTorch's layout and packs them.
    public func load(plain: [Float]) {
        values.load(plain)
        packed()
    }

    /// The values in PyTorch's layout.
    public func plain() -> [Float] { values.array }

    /// A gradient or moment in storage layout, from PyTorch's.
    public func storage(fromPlain plain: [Float]) -> Tensor { Tensor(shape, plain) }

    /// A gradient or moment in PyTorch's layout.
    public func plain(fromStorage storage: Tensor) -> [Float] {
        expect(storage, values.count, "stored weights \(shape)")
        return storage.array
    }
}
