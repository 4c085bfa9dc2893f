import OxbowKernels
import OxbowModel
import OxbowTraining

/// What a worker's step computes, layer by layer, whoever holds the blocks: one pass of G forward and back, three of D
/// forward and back to the activations, two of D back to the weights (docs/method.md).
struct StepKernels {
    /// One pass of one layer.
    struct Use {
        var name: String
        /// In a step.
        var times: Int
        /// Of one run by the direct algorithm.
        var multiplyAdds: Int
        var ours: () -> Void
        var bare: () -> Void
    }

    let uses: [Use]

    init(_ model: ModelDescription, batch: Int) throws {
        // One lane's scratch memory, as in a run.
        let scratch = ConvolutionScratch()
        uses = try model.blockNames.flatMap { name in
            let block = model[name]
            let layer = try block.convolutionShape(batch: batch).map { try Self.convolution(block, $0, scratch) }
            return try layer ?? Self.linear(block, batch)
        }
    }

    private static func times(_ name: BlockName, _ pass: BareConvolution.Pass) -> Int {
        guard name.network == .discriminator else { return 1 }
        return pass == .backwardWeights ? 2 : 3
    }

    private static func convolution(
        _ block: BlockDescription, _ shape: ConvolutionShape, _ scratch: ConvolutionScratch
    ) throws -> [Use] {
        let layer = try Convolution(shape, algorithm: Convolution.preferredAlgorithm(for: shape), scratch: scratch)
        let weights = try ConvolutionWeights(like: layer)
        weights.load(plain: noise(shape.weightCount).array)
        let x = noise(shape.inputCount), y = noise(shape.outputCount), gradient = Tensor(shape.weightShape)
        func use(_ pass: BareConvolution.Pass, _ word: String, _ times: Int, _ run: @escaping () -> Void) throws -> Use {
            let bare = try BareConvolution(shape, pass)
            return Use(
                name: "\(block.name) \(word)", times: times, multiplyAdds: shape.batch * block.cost.multiplyAdds, ours: run,
                bare: bare.run)
        }
        func times(_ pass: BareConvolution.Pass) -> Int { Self.times(block.name, pass) }
        var uses = [
            try use(.forward, "forward", times(.forward)) { layer.forward(x, weights, into: y) },
            try use(.backwardWeights, "backward to weights", times(.backwardWeights)) {
                layer.backwardWeights(x, y, into: gradient)
            },
        ]
        guard block.labelInput == .plane else {
            return uses + [
                try use(.backwardData, "backward to data", times(.backwardData)) { layer.backwardData(y, weights, into: x) }
            ]
        }
        // The label's channel where the embedding is trained, the image's where G is: never both.
        let image = block.input.channels
        let part = Tensor([shape.inputCount / shape.inputChannels * image])
        let label = Tensor([shape.inputCount / shape.inputChannels])
        uses.append(
            try use(.backwardData, "backward to label", 2) {
                layer.backwardData(y, weights, channels: image..<image + 1, into: label)
            })
        uses.append(
            try use(.backwardData, "backward to image", 1) {
                layer.backwardData(y, weights, channels: 0..<image, into: part)
            })
        return uses
    }

    private static func linear(_ block: BlockDescription, _ batch: Int) throws -> [Use] {
        let layer = try Linear(batch: batch, inputs: block.transformInput.count, outputs: block.output.count)
        let x = noise(batch * layer.inputs), y = noise(batch * layer.outputs), w = noise(layer.inputs * layer.outputs)
        let gradient = Tensor([layer.outputs, layer.inputs])
        func use(_ pass: BareConvolution.Pass, _ word: String, _ run: @escaping () -> Void) -> Use {
            Use(
                name: "\(block.name) \(word)", times: times(block.name, pass), multiplyAdds: batch * block.cost.multiplyAdds,
                ours: run, bare: run)
        }
        return [
            use(.forward, "forward") { layer.forward(x, w, into: y) },
            use(.backwardWeights, "backward to weights") { layer.backwardWeights(x, y, into: gradient) },
            use(.backwardData, "backward to data") { layer.backwardData(y, w, into: x) },
        ]
    }

    // MARK: The rest of a step

    /// A kernel that oneDNN's primitives do not stand beside; `run` is all of a step.
    struct Rest {
        var name: String
        /// Read and written.
        var bytes: Int
        var run: () -> Void
    }

    static func rest(_ model: ModelDescription, batch: Int) -> [Rest] {
        let norms = model.blockNames.map { model[$0] }.filter(\.batchNorm).map { NormBench($0, batch: batch) }
        let elements = norms.reduce(0) { $0 + $1.count * $1.times }
        let parameters = model.blockNames.reduce(0) { $0 + model[$1].parameterCount }
        let adam = AdamBench(count: parameters)
        return [
            Rest(name: "batch norm and activation forward", bytes: 4 * 3 * elements) { norms.forEach { $0.forward() } },
            Rest(name: "batch norm and activation backward", bytes: 4 * 5 * elements) { norms.forEach { $0.backward() } },
            Rest(name: "Adam", bytes: 4 * 7 * parameters, run: adam.run),
        ]
    }

    fileprivate static func noise(_ count: Int) -> Tensor {
        let tensor = Tensor(uninitialized: [count])
        // Denormal numbers would be slower: these are none.
        var noise = BenchNoise(seed: 1)
        for index in 0..<count { tensor.data[index] = Float(Int32(bitPattern: noise.next())) / Float(Int32.max) }
        return tensor
    }
}

/// The batch norm of one block, as often as a step has it.
private final class NormBench {
    let times: Int
    let count: Int
    private let activation: OxbowKernels.Activation
    private let x, dy, y, mean, invstd, gamma, beta: Tensor
    private var statistics: BatchNormStatistics
    private var sums: BatchNormSums

    init(_ block: BlockDescription, batch: Int) {
        let channels = block.normFeatures
        times = block.name.network == .generator ? 1 : 3
        count = batch * block.output.count
        activation = if case .leakyRelu(let slope) = block.activation { .leakyRelu(Float(slope)) } else { .relu }
        (x, dy, y) = (StepKernels.noise(count), StepKernels.noise(count), Tensor([count]))
        (mean, invstd, gamma, beta) = (Tensor([channels]), Tensor([channels]), Tensor([channels]), Tensor([channels]))
        statistics = BatchNormStatistics(channels: channels)
        sums = BatchNormSums(channels: channels)
    }

    func forward() {
        for _ in 0..<times {
            BatchNorm.statistics(x, into: &statistics)
            BatchNorm.moments(statistics, mean: mean, invstd: invstd)
            BatchNorm.normalize(x, mean, invstd, gamma, beta, activation: activation, into: y)
        }
    }

    func backward() {
        for _ in 0..<times {
            BatchNorm.backwardSums(x, dy, mean, invstd, gamma, beta, activation: activation, into: &sums)
            BatchNorm.backward(
                x, dy, mean, invstd, gamma, beta, activation: activation, sums: sums, count: statistics.count, into: y)
        }
    }
}

/// All parameters as one tensor.
private final class AdamBench {
    private let parameter, gradient, moment1, moment2: Tensor
    private var step = 0

    init(count: Int) {
        (parameter, gradient) = (StepKernels.noise(count), StepKernels.noise(count))
        (moment1, moment2) = (Tensor([count]), Tensor([count]))
    }

    func run() {
        step += 1
        Adam().update(parameter, gradient: gradient, moment1: moment1, moment2: moment2, step: step)
    }
}
