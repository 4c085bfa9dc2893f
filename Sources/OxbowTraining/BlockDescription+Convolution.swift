import OxbowKernels
import OxbowModel

extension BlockDescription {
    /// The convolution at the block's start for so many samples; nil for a linear layer.
    public func convolutionShape(batch: Int) -> ConvolutionShape? {
        let (kernel, stride, padding, transposed): (Int, Int, Int, Bool)
        switch transform {
        case .linear: return nil
        case .convolution(let k, let s, let p): (kernel, stride, padding, transposed) = (k, s, p, false)
        case .deconvolution(let k, let s, let p): (kernel, stride, padding, transposed) = (k, s, p, true)
        }
        let input = transformInput
        return ConvolutionShape(
            batch: batch, inputChannels: input.channels, outputChannels: output.channels, inputHeight: input.height,
            inputWidth: input.width, kernel: kernel, stride: stride, padding: padding, transposed: transposed)
    }
}
