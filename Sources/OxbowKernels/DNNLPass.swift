import COxbowKernels

/// Owns one pass of oneDNN, and a packer of its own for weights that were packed for another layout.
final class DNNLPass {
    let pass: OpaquePointer
    let implementation: String
    private var ownPacker: WeightPacker?

    /// nil where oneDNN offers the shape and algorithm only by its reference code, or not at all.
    init?(
        _ shape: ConvolutionShape, _ kind: PassKind, algorithm: ConvolutionAlgorithm = .direct, layout: Int32
    ) throws(KernelError) {
        var plain = shape.plain
        var error = oxbow_error()
        guard let pass = oxbow_conv_pass_create(&plain, kind.code, algorithm == .winograd ? 1 : 0, layout, &error) else {
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

    /// The primitive alone, on memory of its own.
    func runBare() { execute("convolution pass \(implementation)") { oxbow_conv_pass_run_bare(pass, &$0) } }

    /// The weights in this pass's layout: the shared copy if it has that layout, else a copy made now.
    func packed(_ shared: (any PackedFilter)?, _ values: Tensor) -> UnsafeMutablePointer<Float> {
        if let shared = shared as? WeightPacker, shared.fits(self) { return shared.weights }
        if ownPacker == nil {
            do { ownPacker = try WeightPacker(self) } catch { preconditionFailure("\(error)") }
        }
        ownPacker!.pack(values)
        return ownPacker!.weights
    }
}

/// Owns a packed copy of weights and the reorder that fills it.
final class WeightPacker: PackedFilter {
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

    func pack(_ values: Tensor) {
        execute("packed weights") { oxbow_conv_packer_run(packer, values.data, &$0) }
    }
}
