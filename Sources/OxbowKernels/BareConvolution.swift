import COxbowKernels

/// oneDNN's own primitive for one pass of a convolution, in the layouts that it likes best and without any reorder: the
/// yardstick for `Convolution`. Winograd where oneDNN offers it and a trial run is faster.
public final class BareConvolution {
    private let pass: DNNLPass

    /// Passes of a layer, as `Convolution` names them.
    public enum Pass: Hashable, Sendable, CaseIterable {
        case forward, backwardData, backwardWeights
    }

    /// Throws when oneDNN cannot make the primitive.
    public init(_ shape: ConvolutionShape, _ pass: Pass) throws(KernelError) {
        let kind = Self.kind(pass, transposed: shape.transposed)
        let any = Int32(OXBOW_LAYOUT_ANY)
        guard let direct = try DNNLPass(shape, kind, layout: any) else {
            throw KernelError(subject: shape.description, reason: "oneDNN offers no primitive")
        }
        if let winograd = try DNNLPass(shape, kind, algorithm: .winograd, layout: any),
            Self.seconds(winograd) < Self.seconds(direct)
        {
            self.pass = winograd
        } else {
            self.pass = direct
        }
    }

    /// Such as "jit:avx2".
    public var implementation: String { pass.implementation }

    public func run() { pass.runBare() }

    private static func kind(_ pass: Pass, transposed: Bool) -> PassKind {
        switch pass {
        case .forward: transposed ? .backwardData : .forward
        case .backwardData: transposed ? .forward : .backwardData
        case .backwardWeights: .backwardWeights
        }
    }

    /// The best of three runs, after one that warms up.
    private static func seconds(_ pass: DNNLPass) -> Duration {
        let clock = ContinuousClock()
        pass.runBare()
        return (0..<3).map { _ in clock.measure { pass.runBare() } }.min() ?? .zero
    }
}
