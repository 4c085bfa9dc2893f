import COxbowKernels

/// Maximum over square windows of an image (N, H, W, C), without padding; keeps what the backward pass needs.
public final class MaxPool {
    public let inputShape: [Int]
    public let outputShape: [Int]
    private let kernel: Int
    private let stride: Int
    private var chosen: [Int32]

    public init(batch: Int, height: Int, width: Int, channels: Int, kernel: Int, stride: Int) {
        precondition(
            batch > 0 && channels > 0 && kernel > 0 && stride > 0 && height >= kernel && width >= kernel,
            "max pool k\(kernel) s\(stride) on \(batch)x\(height)x\(width)x\(channels)")
        self.kernel = kernel
        self.stride = stride
        inputShape = [batch, height, width, channels]
        outputShape = [batch, (height - kernel) / stride + 1, (width - kernel) / stride + 1, channels]
        chosen = .init(repeating: 0, count: outputShape.reduce(1, *))
    }

    /// y = the windows' maxima, whose places are kept.
    public func forward(_ x: Tensor, into y: Tensor) {
        expect(x, inputShape.reduce(1, *), "input of max pool \(inputShape)")
        expect(y, chosen.count, "output of max pool \(inputShape)")
        let s = inputShape.map(Int32.init)
        oxbow_max_pool(x.data, s[0], s[1], s[2], s[3], Int32(kernel), Int32(stride), y.data, &chosen)
    }

    /// dx = dy at the places of the last forward pass, else 0.
    public func backward(_ dy: Tensor, into dx: Tensor) {
        expect(dx, inputShape.reduce(1, *), "input gradient of max pool \(inputShape)")
        expect(dy, chosen.count, "output gradient of max pool \(inputShape)")
        let s = inputShape.map(Int32.init)
        oxbow_max_pool_backward(dy.data, chosen, s[0], s[1], s[2], s[3], Int32(kernel), Int32(stride), dx.data)
    }
}
