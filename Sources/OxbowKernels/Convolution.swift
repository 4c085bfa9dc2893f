import COxbowKernels

/// The primitives of one shape, created once with their scratch memory; used by one thread at a time.
///
/// A lane has its own. `@unchecked Sendable`: it may move between threads, it has no ties to the one that made it.
public final class Convolution: @unchecked Sendable {
    public let shape: ConvolutionShape
    /// What computes here: `.direct` where Winograd was asked for and is not offered.
    public let algorithm: ConvolutionAlgorithm
    private let passes: [Pass]

    enum Pass {
        case oneDNN(DNNLPass)
        case winograd(WinogradPass)
        case narrow
        case reference

        var kernel: ConvolutionKernel {
            switch self {
            case .oneDNN: .oneDNN
            case .winograd: .winograd
            case .narrow: .narrow
            case .reference: .reference
            }
        }
    }

    /// Throws when oneDNN cannot create a primitive; the thread count is the calling thread's.
    ///
    /// `scratch` may be shared by the convolutions of one lane.
    public init(
        _ shape: ConvolutionShape, algorithm: ConvolutionAlgorithm = .direct, options: ConvolutionOptions = .init(),
        scratch: ConvolutionScratch? = nil
    ) throws(KernelError) {
        precondition(shape.isValid, "convolution shape \(shape)")
        self.shape = shape
        if algorithm == .winograd, !Self.isNarrow(shape), let plan = WinogradPlan(shape) {
            let scratch = scratch ?? ConvolutionScratch()
            self.algorithm = .winograd
            passes = PassKind.allCases.map { .winograd(WinogradPass(plan, $0, scratch)) }
        } else {
            self.algorithm = .direct
            passes = try Self.directPasses(shape, options)
        }
    }

    /// Whose code computes the passes; `.narrow` if any pass is ours alone.
    public var kernel: ConvolutionKernel {
        if algorithm == .winograd { return .winograd }
        let kernels = passes.map(\.kernel)
        return kernels.contains(.reference) ? .reference : kernels.contains(.narrow) ? .narrow : .oneDNN
    }

    /// Names for forward, backward data and backward weights, such as "jit:avx2" or "narrow".
    public var implementations: [String] {
        [PassKind.forward, .backwardData, .backwardWeights].map { kind in
            switch pass(kind) {
            case .oneDNN(let pass): pass.implementation
            case .winograd: "winograd:\(Kernels.instructionSet.rawValue)"
            case .narrow: "narrow:\(Kernels.instructionSet.rawValue)"
            case .reference: "reference"
            }
        }
    }

    /// Winograd where it saves time: a function of the shape alone, the same on every machine.
    ///
    /// With few channels the maps cost more than the products saved. Measured with AVX2 at 16 to 256 channels: 1.0 to
    /// 1.6 times faster at 16 x 32, 2 to 3 times at 128 x 128; slower below.
    public static func preferredAlgorithm(for shape: ConvolutionShape) -> ConvolutionAlgorithm {
        let channels = (shape.inputChannels, shape.outputChannels)
        guard min(channels.0, channels.1) >= 16, max(channels.0, channels.1) >= 32,
            let plan = WinogradPlan(shape), plan.gain >= 1.4
        else { return .direct }
        return .winograd
    }

    /// A pass of the layer; the plain convolution behind a deconvolution runs the other way.
    func pass(_ kind: PassKind) -> Pass { passes[plainKind(kind).rawValue] }

    func plainKind(_ kind: PassKind) -> PassKind {
        guard shape.transposed else { return kind }
        switch kind {
        case .forward: return .backwardData
        case .backwardData: return .forward
        case .backwardWeights: return .backwardWeights
        }
    }

    func plainPass(_ kind: PassKind) -> Pass { passes[kind.rawValue] }
}

// MARK: Choice of the kernels

extension Convolution {
    /// The widest image side that our own kernels take: three colours, a label and some room.
    static let narrowChannels = 8

    static func isNarrow(_ shape: ConvolutionShape) -> Bool {
        (shape.transposed ? shape.outputChannels : shape.inputChannels) <= narrowChannels
    }

    private static func directPasses(
        _ shape: ConvolutionShape, _ options: ConvolutionOptions
    ) throws(KernelError) -> [Pass] {
        var passes: [Pass] = []
        for kind in PassKind.allCases { passes.append(try directPass(shape, kind, options)) }
        return passes
    }

    private static func directPass(
        _ shape: ConvolutionShape, _ kind: PassKind, _ options: ConvolutionOptions
    ) throws(KernelError) -> Pass {
        let narrowOffered = isNarrow(shape) && kind != .backwardWeights
        switch options.kernel {
        case .reference: return .reference
        case .winograd: preconditionFailure("Winograd is an algorithm, not an option of the direct one")
        case .narrow where narrowOffered: return .narrow
        case nil where narrowOffered && prefersNarrow(shape, kind): return .narrow
        default: break
        }
        let layout = options.blockedLayouts ? OXBOW_LAYOUT_BLOCKED8 : OXBOW_LAYOUT_CHANNELS_LAST
        if let pass = try DNNLPass(shape, kind, layout: Int32(layout)) { return .oneDNN(pass) }
        return narrowOffered ? .narrow : .reference
    }

    /// Where our own kernel beats oneDNN's, as measured on one core with AVX2: in gradients of one to three image
    /// channels (64 to 1 channels at 28x28, k3, batch 64: 1.4 ms, oneDNN 7 to 10). With eight channels oneDNN is up to
    /// eleven times faster; forward passes and weight gradients of narrow layers are its, as fast as ours or faster.
    private static func prefersNarrow(_ shape: ConvolutionShape, _ kind: PassKind) -> Bool {
        let imageChannels = shape.transposed ? shape.outputChannels : shape.inputChannels
        return kind == .backwardData && imageChannels <= 3
    }
}
