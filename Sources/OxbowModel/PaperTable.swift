/// The published networks (arXiv 2507.12979, table of architectures), every hidden channel count times the multiplier.
enum PaperTable {
    static func generator(_ parameters: ModelParameters) -> NetworkDescription {
        var builder = Builder(
            .generator, FeatureShape(height: 1, width: 1, channels: parameters.noise), parameters)
        let seed = FeatureShape(
            height: parameters.imageHeight / 4, width: parameters.imageWidth / 4, channels: builder.scaled(256))
        builder.add(.linear, to: seed, label: .columns(parameters.classes), activation: .relu)
        builder.deconvolve(builder.scaled(128), kernel: 4, stride: 2)
        builder.deconvolve(builder.scaled(128), kernel: 3, stride: 1)
        builder.deconvolve(builder.scaled(64), kernel: 4, stride: 2)
        builder.deconvolve(parameters.imageChannels, kernel: 3, stride: 1, batchNorm: false, activation: .tanh)
        return NetworkDescription(.generator, builder.blocks, coreBlocks: 2...2)
    }

    static func discriminator(_ parameters: ModelParameters) -> NetworkDescription {
        let image = FeatureShape(
            height: parameters.imageHeight, width: parameters.imageWidth, channels: parameters.imageChannels)
        var builder = Builder(.discriminator, image, parameters)
        builder.convolve(builder.scaled(64), kernel: 4, stride: 2, label: .plane)
        builder.convolve(builder.scaled(128), kernel: 4, stride: 2)
        builder.convolve(builder.scaled(128), kernel: 3, stride: 1)
        builder.convolve(builder.scaled(256), kernel: 4, stride: 2)
        builder.add(
            .linear, to: FeatureShape(height: 1, width: 1, channels: 1), batchNorm: false, activation: .sigmoid)
        return NetworkDescription(.discriminator, builder.blocks, coreBlocks: 2...2)
    }

    /// Appends blocks, each taking the output of the one before.
    struct Builder {
        let network: Network
        let parameters: ModelParameters
        var shape: FeatureShape
        var blocks: [BlockDescription] = []

        init(_ network: Network, _ input: FeatureShape, _ parameters: ModelParameters) {
            self.network = network
            self.shape = input
            self.parameters = parameters
        }

        func scaled(_ channels: Int) -> Int { max(1, Int((Double(channels) * parameters.width).rounded())) }

        mutating func convolve(_ channels: Int, kernel: Int, stride: Int, label: LabelInput = .none) {
            func size(_ input: Int) -> Int { (input + 2 - kernel) / stride + 1 }
            let output = FeatureShape(height: size(shape.height), width: size(shape.width), channels: channels)
            add(.convolution(kernel: kernel, stride: stride, padding: 1), to: output, label: label, activation: .leakyRelu(0.2))
        }

        mutating func deconvolve(
            _ channels: Int, kernel: Int, stride: Int, batchNorm: Bool = true, activation: Activation = .relu
        ) {
            func size(_ input: Int) -> Int { (input - 1) * stride - 2 + kernel }
            let output = FeatureShape(height: size(shape.height), width: size(shape.width), channels: channels)
            add(
                .deconvolution(kernel: kernel, stride: stride, padding: 1), to: output, batchNorm: batchNorm,
                activation: activation)
        }

        mutating func add(
            _ transform: Transform, to output: FeatureShape, label: LabelInput = .none, batchNorm: Bool = true,
            activation: Activation
        ) {
            blocks.append(
                BlockDescription(
                    name: BlockName(network, blocks.count), labelInput: label, transform: transform,
                    batchNorm: batchNorm, activation: activation, input: shape, output: output,
                    classes: parameters.classes))
            shape = output
        }
    }
}
