import COxbowKernels

/// How a pass is computed. `auto` does not exist: bits would depend on a heuristic.
public enum ConvolutionAlgorithm: String, Hashable, Sendable {
    case direct
    /// Fewer products at some more rounding; ours, over oneDNN's matrix product.
    case winograd
}

/// Whose code computes a pass.
public enum ConvolutionKernel: String, Hashable, Sendable {
    /// oneDNN's jit or gemm code.
    case oneDNN
    /// Our own maps around oneDNN's matrix product.
    case winograd
    /// Our own code for few channels on the image's side.
    case narrow
    /// The definition, never tuned: for tests, and for a shape that nothing else offers.
    case reference
}

/// Choices that only tests and measurements make.
public struct ConvolutionOptions: Hashable, Sendable {
    /// Whose code computes all passes; nil chooses the fastest by shape.
    public var kernel: ConvolutionKernel?
    /// Has oneDNN compute in blocks of 8 channels, with reorders from and to channels last.
    public var blockedLayouts: Bool

    public init(kernel: ConvolutionKernel? = nil, blockedLayouts: Bool = false) {
        self.kernel = kernel
        self.blockedLayouts = blockedLayouts
    }
}

/// The passes of the plain convolution; a deconvolution exchanges the first two.
enum PassKind: Int, CaseIterable {
    case forward, backwardData, backwardWeights

    var code: Int32 { Int32(rawValue) }
}

/// What the passes of a layer read: a copy of its weights in a layout of their own.
protocol PackedFilter: AnyObject {
    /// Refreshes the copy from PyTorch's layout.
    func pack(_ values: Tensor)
}
