import COxbowKernels

/// A forward convolution or its transpose over square kernels; images are (N, H, W, C).
public struct ConvolutionShape: Hashable, Sendable, CustomStringConvertible {
    public var batch: Int
    public var inputChannels: Int
    public var outputChannels: Int
    public var inputHeight: Int
    public var inputWidth: Int
    public var kernel: Int
    public var stride: Int
    public var padding: Int
    public var transposed: Bool

    public init(
        batch: Int, inputChannels: Int, outputChannels: Int, inputHeight: Int, inputWidth: Int, kernel: Int,
        stride: Int = 1, padding: Int = 0, transposed: Bool = false
    ) {
        self.batch = batch
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.transposed = transposed
    }

    public var outputHeight: Int { outputSize(inputHeight) }
    public var outputWidth: Int { outputSize(inputWidth) }

    /// PyTorch's formulas: a convolution's last incomplete window is dropped.
    private func outputSize(_ input: Int) -> Int {
        if transposed { return (input - 1) * stride - 2 * padding + kernel }
        let room = input + 2 * padding - kernel
        return room < 0 ? 0 : room / stride + 1
    }

    /// (N, H, W, C)
    public var inputShape: [Int] { [batch, inputHeight, inputWidth, inputChannels] }
    /// (N, H, W, C)
    public var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }
    /// PyTorch's: (out, in, k, k), or (in, out, k, k) when transposed.
    public var weightShape: [Int] {
        transposed ? [inputChannels, outputChannels, kernel, kernel] : [outputChannels, inputChannels, kernel, kernel]
    }

    public var inputCount: Int { batch * inputHeight * inputWidth * inputChannels }
    public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
    public var weightCount: Int { inputChannels * outputChannels * kernel * kernel }

    public var description: String {
        let name = transposed ? "deconv" : "conv"
        return "\(name)(\(inputChannels), \(outputChannels), k\(kernel) s\(stride) p\(padding))"
            + " on \(batch)x\(inputHeight)x\(inputWidth)"
    }

    var isValid: Bool {
        batch > 0 && inputChannels > 0 && outputChannels > 0 && inputHeight > 0 && inputWidth > 0 && kernel > 0
            && stride > 0 && padding >= 0 && outputHeight > 0 && outputWidth > 0
            && max(inputCount, outputCount, weightCount) <= Int(Int32.max)
    }

    /// The plain convolution that this is, forwards or backwards.
    ///
    /// Both read the weights alike: a deconvolution's (in, out, k, k) is the (out, in, k, k) of the convolution whose
    /// backward data pass it is.
    var plain: oxbow_conv_shape {
        let (x, y) = transposed ? (outputShape, inputShape) : (inputShape, outputShape)
        return oxbow_conv_shape(
            batch: Int32(batch), input_channels: Int32(x[3]), output_channels: Int32(y[3]), input_height: Int32(x[1]),
            input_width: Int32(x[2]), output_height: Int32(y[1]), output_width: Int32(y[2]), kernel: Int32(kernel),
            stride: Int32(stride), padding: Int32(padding))
    }
}
