import OxbowKernels
import OxbowModel

/// Which algorithm each convolution of a model runs with on this machine: part of what fixes the bits.
enum PlannedAlgorithms {
    static func byBlock(_ model: ModelDescription, batch: Int) -> [String: String] {
        var result: [String: String] = [:]
        for name in model.blockNames {
            guard let shape = shape(model[name], batch) else { continue }
            result["\(name)"] = Convolution.preferredAlgorithm(for: shape).rawValue
        }
        return result
    }

    private static func shape(_ block: BlockDescription, _ batch: Int) -> ConvolutionShape? {
        let (kernel, stride, padding, transposed): (Int, Int, Int, Bool)
        switch block.transform {
        case .linear: return nil
        case .convolution(let k, let s, let p): (kernel, stride, padding, transposed) = (k, s, p, false)
        case .deconvolution(let k, let s, let p): (kernel, stride, padding, transposed) = (k, s, p, true)
        }
        let input = block.transformInput
        return ConvolutionShape(
            batch: batch, inputChannels: input.channels, outputChannels: block.output.channels,
            inputHeight: input.height, inputWidth: input.width, kernel: kernel, stride: stride, padding: padding,
            transposed: transposed)
    }
}
