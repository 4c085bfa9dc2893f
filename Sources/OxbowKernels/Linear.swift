import COxbowKernels

/// y (N, out) = x (N, in) w^T + b, w (out, in): primitives of one shape, used by one thread at a time.
///
/// `@unchecked Sendable`: it may move between threads, it has no ties to the one that made it.
public final class Linear: @unchecked Sendable {
    public let batch: Int
    public let inputs: Int
    public let outputs: Int
    private let linear: OpaquePointer

    /// Throws when oneDNN cannot create a primitive; the thread count is the calling thread's.
    public init(batch: Int, inputs: Int, outputs: Int) throws(KernelError) {
        precondition(
            batch > 0 && inputs > 0 && outputs > 0
                && max(batch * inputs, batch * outputs, inputs * outputs) <= Int(Int32.max),
            "linear layer of batch \(batch), \(inputs) to \(outputs)")
        var error = oxbow_error()
        guard let linear = oxbow_linear_create(Int32(batch), Int32(inputs), Int32(outputs), &error) else {
            throw KernelError(subject: "linear(\(inputs), \(outputs)) on \(batch)", reason: error.text)
        }
        self.linear = linear
        self.batch = batch
        self.inputs = inputs
        self.outputs = outputs
    }

    deinit { oxbow_linear_destroy(linear) }

    /// oneDNN's names for forward, backward data and backward weights.
    public var implementations: [String] {
        PassKind.allCases.map { String(cString: oxbow_linear_implementation(linear, $0.code)) }
    }

    private var name: String { "linear(\(inputs), \(outputs)) on \(batch)" }

    /// y = x w^T + bias
    public func forward(_ x: Tensor, _ w: Tensor, _ bias: Tensor? = nil, into y: Tensor) {
        expect(x, batch * inputs, "input of \(name)")
        expect(w, outputs * inputs, "weights of \(name)")
        expect(y, batch * outputs, "output of \(name)")
        if let bias { expect(bias, outputs, "bias of \(name)") }
        execute(name) { oxbow_linear_forward(linear, x.data, w.data, bias?.data, y.data, &$0) }
    }

    /// dx = dy w
    public func backwardData(_ dy: Tensor, _ w: Tensor, into dx: Tensor) {
        expect(dy, batch * outputs, "output gradient of \(name)")
        expect(w, outputs * inputs, "weights of \(name)")
        expect(dx, batch * inputs, "input gradient of \(name)")
        execute(name) { oxbow_linear_backward_data(linear, dy.data, w.data, dx.data, &$0) }
    }

    /// dw = dy^T x, dbias = sum of dy's rows; overwritten.
    public func backwardWeights(_ x: Tensor, _ dy: Tensor, into dw: Tensor, _ dbias: Tensor? = nil) {
        expect(x, batch * inputs, "input of \(name)")
        expect(dy, batch * outputs, "output gradient of \(name)")
        expect(dw, outputs * inputs, "weight gradient of \(name)")
        if let dbias { expect(dbias, outputs, "bias gradient of \(name)") }
        execute(name) { oxbow_linear_backward_weights(linear, x.data, dy.data, dw.data, dbias?.data, &$0) }
    }
}
