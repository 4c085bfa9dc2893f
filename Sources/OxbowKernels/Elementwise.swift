import COxbowKernels

/// Activations and sums, element by element; an output may be an input.
public enum Elementwise {
    public static func relu(_ x: Tensor, into y: Tensor) {
        leakyRelu(x, slope: 0, into: y)
    }

    /// dx = dy where x > 0, else 0; the forward pass's output serves as x.
    public static func reluBackward(_ x: Tensor, _ dy: Tensor, into dx: Tensor) {
        leakyReluBackward(x, dy, slope: 0, into: dx)
    }

    /// y = x where x > 0, else slope * x.
    public static func leakyRelu(_ x: Tensor, slope: Float, into y: Tensor) {
        expect(y, x.count, "LeakyReLU's output")
        oxbow_leaky_relu(x.data, Int64(x.count), slope, y.data)
    }

    /// dx = dy where x > 0, else slope * dy; with a slope of at least 0 the output serves as x.
    public static func leakyReluBackward(_ x: Tensor, _ dy: Tensor, slope: Float, into dx: Tensor) {
        expect(dy, x.count, "LeakyReLU's output gradient")
        expect(dx, x.count, "LeakyReLU's input gradient")
        oxbow_leaky_relu_backward(x.data, dy.data, Int64(x.count), slope, dx.data)
    }

    /// Within 3 units of the last place.
    public static func tanh(_ x: Tensor, into y: Tensor) {
        expect(y, x.count, "tanh's output")
        oxbow_tanh(x.data, Int64(x.count), y.data)
    }

    /// dx = dy * (1 - y^2), y the output.
    public static func tanhBackward(_ y: Tensor, _ dy: Tensor, into dx: Tensor) {
        expect(dy, y.count, "tanh's output gradient")
        expect(dx, y.count, "tanh's input gradient")
        oxbow_tanh_backward(y.data, dy.data, Int64(y.count), dx.data)
    }

    /// Within 3 units of the last place; inputs are bounded at -87 and 87.
    public static func sigmoid(_ x: Tensor, into y: Tensor) {
        expect(y, x.count, "sigmoid's output")
        oxbow_sigmoid(x.data, Int64(x.count), y.data)
    }

    /// dx = dy * y * (1 - y), y the output.
    public static func sigmoidBackward(_ y: Tensor, _ dy: Tensor, into dx: Tensor) {
        expect(dy, y.count, "sigmoid's output gradient")
        expect(dx, y.count, "sigmoid's input gradient")
        oxbow_sigmoid_backward(y.data, dy.data, Int64(y.count), dx.data)
    }

    /// y += factor * x
    public static func add(_ x: Tensor, factor: Float = 1, to y: Tensor) {
        expect(y, x.count, "sum")
        oxbow_add_scaled(x.data, Int64(x.count), factor, y.data)
    }

    /// y = x + bias in each row of `bias.count` channels.
    public static func addBias(_ x: Tensor, _ bias: Tensor, into y: Tensor) {
        precondition(bias.count > 0 && x.count % bias.count == 0, "bias of \(bias.shape) on shape \(x.shape)")
        expect(y, x.count, "biased output")
        oxbow_add_bias(x.data, Int64(x.count / bias.count), Int64(bias.count), bias.data, y.data)
    }

    /// dbias = sum of dy's rows, in double; overwritten.
    public static func biasGradient(_ dy: Tensor, into dbias: Tensor) {
        let channels = dbias.count
        precondition(channels > 0 && dy.count % channels == 0, "bias of \(dbias.shape) on shape \(dy.shape)")
        withUnsafeTemporaryAllocation(of: Double.self, capacity: channels) { sums in
            oxbow_sum_rows(dy.data, Int64(dy.count / channels), Int64(channels), sums.baseAddress)
            for c in 0..<channels { dbias.data[c] = Float(sums[c]) }
        }
    }
}
