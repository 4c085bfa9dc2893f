import COxbowKernels

/// Scratch memory of the Winograd passes of one lane: they run one after another, so the largest need serves all.
///
/// `@unchecked Sendable`: it belongs to one lane, used by one thread at a time.
public final class ConvolutionScratch: @unchecked Sendable {
    private var memory = Tensor(uninitialized: [0])

    public init() {}

    func reserve(_ count: Int) {
        if memory.count < count { memory = Tensor(uninitialized: [count]) }
    }

    var data: UnsafeMutablePointer<Float> { memory.data }
}

/// How a shape is computed by Winograd's method: all its passes. Constant, so filters may keep it.
///
/// `@unchecked Sendable`: the C object never changes.
final class WinogradPlan: @unchecked Sendable {
    private let winograd: OpaquePointer
    let shape: ConvolutionShape

    /// nil where the method has no form for the shape.
    init?(_ shape: ConvolutionShape) {
        var plain = shape.plain
        guard oxbow_winograd_offers(&plain) != 0 else { return nil }
        self.shape = shape
        winograd = oxbow_winograd_create(&plain)
    }

    deinit { oxbow_winograd_destroy(winograd) }

    /// How many times fewer products it needs than the direct algorithm.
    var gain: Double { oxbow_winograd_gain(winograd) }

    /// Floats of scratch memory that any pass needs.
    var scratchCount: Int {
        PassKind.allCases.map { Int(oxbow_winograd_scratch_count(winograd, $0.code)) }.max() ?? 0
    }

    func filterCount(_ kind: PassKind) -> Int { Int(oxbow_winograd_filter_count(winograd, kind.code)) }

    var planesCount: Int { Int(oxbow_winograd_planes_count(winograd)) }

    func pack(_ kind: PassKind, _ values: Tensor, planes: Tensor, into packed: Tensor) {
        oxbow_winograd_pack(winograd, kind.code, values.data, packed.data, planes.data)
    }

    func forward(_ x: Tensor, _ filter: Tensor, into y: Tensor, _ scratch: ConvolutionScratch) {
        oxbow_winograd_forward(winograd, x.data, filter.data, y.data, scratch.data)
    }

    func backwardData(_ y: Tensor, _ filter: Tensor, into x: Tensor, _ scratch: ConvolutionScratch) {
        oxbow_winograd_backward_data(winograd, y.data, filter.data, x.data, scratch.data)
    }

    func backwardWeights(_ x: Tensor, _ y: Tensor, into weights: Tensor, _ scratch: ConvolutionScratch) {
        oxbow_winograd_backward_weights(winograd, x.data, y.data, weights.data, scratch.data)
    }
}

/// The coefficients of a layer's weights, for one kind of pass.
final class WinogradFilter: PackedFilter {
    let coefficients: Tensor
    private let plan: WinogradPlan
    private let kind: PassKind
    private let planes: Tensor

    /// `planes` is scratch memory, which the filters of a layer may share.
    init(_ plan: WinogradPlan, _ kind: PassKind, planes: Tensor) {
        self.plan = plan
        self.kind = kind
        self.planes = planes
        coefficients = Tensor([plan.filterCount(kind)])
    }

    /// Whether another batch size of the same layer may read it.
    func fits(_ other: WinogradPlan) -> Bool {
        var mine = plan.shape, theirs = other.shape
        (mine.batch, theirs.batch) = (1, 1)
        return mine == theirs
    }

    func pack(_ values: Tensor) { plan.pack(kind, values, planes: planes, into: coefficients) }
}

/// One kind of pass by Winograd's method, with a filter of its own for weights that were packed otherwise.
final class WinogradPass {
    let plan: WinogradPlan
    let kind: PassKind
    let scratch: ConvolutionScratch
    private var ownFilter: WinogradFilter?

    init(_ plan: WinogradPlan, _ kind: PassKind, _ scratch: ConvolutionScratch) {
        self.plan = plan
        self.kind = kind
        self.scratch = scratch
        scratch.reserve(plan.scratchCount)
    }

    /// Forward reads x and writes y; backward data reads y and writes x.
    func run(_ x: Tensor, _ weights: ConvolutionWeights, _ y: Tensor) {
        let filter = filter(weights)
        if kind == .forward {
            plan.forward(x, filter, into: y, scratch)
        } else {
            plan.backwardData(y, filter, into: x, scratch)
        }
    }

    private func filter(_ weights: ConvolutionWeights) -> Tensor {
        if let shared = weights.packer(kind) as? WinogradFilter, shared.fits(plan) { return shared.coefficients }
        let own = ownFilter ?? WinogradFilter(plan, kind, planes: Tensor(uninitialized: [plan.planesCount]))
        ownFilter = own
        own.pack(weights.values)
        return own.coefficients
    }
}
