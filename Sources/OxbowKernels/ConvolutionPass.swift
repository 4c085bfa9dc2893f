import COxbowKernels

/// How a pass is computed. `auto` does not exist: bits would depend on a heuristic.
public enum ConvolutionAlgorithm: String, Hashable, Sendable {
    case direct, winograd
}

/// Whose code computes a pass.
public enum ConvolutionKernel: String, Hashable, Sendable {
    /// oneDNN's jit or gemm code.
    case oneDNN
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

/// Owns one pass of oneDNN, and a packer of its own for weights that were packed for another layout.
final class DNNLPass {
    let pass: OpaquePointer
    let implementation: String
    private var ownPacker: WeightPacker?

    /// nil where oneDNN offers the shape and algorithm only by its reference code, or not at all.
    init?(
        _ shape: ConvolutionShape, _ kind: PassKind, algorithm: ConvolutionAlgorithm, layout: Int32
    ) throws(KernelError) {
        var plain = shape.plain
        var error = oxbow_error()
        guard let pass = oxbow_conv_pass_create(&plain, kind.code, algorithm == .winograd ? 1 : 0, layout, &error)
        else {
            if error.text.isEmpty { return nil }
            throw KernelError(subject: shape.description, reason: error.text)
        }
        self.pass = pass
        implementation = String(cString: oxbow_conv_pass_implementation(pass))
    }

    deinit { oxbow_conv_pass_destroy(pass) }

    func run(_ x: UnsafeMutablePointer<Float>, _ w: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
        execute("convolution pass \(implementation)") { oxbow_conv_pass_run(pass, x, w, y, &$0) }
    }

    /// The weights in this pass's layout: the shared copy if it has that layout, else a copy made now.
    func packed(_ shared: WeightPacker?, _ values: Tensor) -> UnsafeMutablePointer<Float> {
        if let shared, shared.fits(self) { return shared.weights }
        if ownPacker == nil {
            do { ownPacker = try WeightPacker(self) } catch { preconditionFailure("\(error)") }
        }
        ownPacker!.run(values)
        return ownPacker!.weights
    }
}

/// Owns a packed copy of weights and the reorder that fills it.
final class WeightPacker {
    private let packer: OpaquePointer

    init(_ pass: DNNLPass) throws(KernelError) {
        var error = oxbow_error()
        guard let packer = oxbow_conv_packer_create(pass.pass, &error) else {
            throw KernelError(subject: "packed weights", reason: error.text)
        }
        self.packer = packer
    }

    deinit { oxbow_conv_packer_destroy(packer) }

    var weights: UnsafeMutablePointer<Float> { oxbow_conv_packer_weights(packer) }

    func fits(_ pass: DNNLPass) -> Bool { oxbow_conv_packer_fits(packer, pass.pass) != 0 }

    func run(_ values: Tensor) {
        execute("packed weights") { oxbow_conv_packer_run(packer, values.data, &$0) }
    }
}
