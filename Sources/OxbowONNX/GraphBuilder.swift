import OxbowKernels
import OxbowModel
import OxbowTraining

/// Appends blocks of a network to a graph, each taking what the one before gave.
struct GraphBuilder {
    var graph = Graph()
    private let tensors: NamedTensors
    private let labels: String
    /// The newest value, and how it lies.
    private var value: String
    private var form: Form

    private enum Form {
        /// (N, C x H x W)
        case vector
        /// (N, C, H, W)
        case map
    }

    /// - Parameter tensors: those of the blocks, in PyTorch's shapes and layouts, which are ONNX's too.
    init(vector: String, labels: String, tensors: NamedTensors) {
        self.value = vector
        self.form = .vector
        self.labels = labels
        self.tensors = tensors
    }

    /// Throws `ONNXError` where a tensor of the block is missing or has another shape.
    mutating func append(_ block: BlockDescription) throws {
        try join(block)
        try transform(block)
        if block.batchNorm { try normalize(block) }
        activate(block)
    }

    /// The newest value, as a map, is the graph's `output`.
    mutating func finish(as output: String, _ shape: FeatureShape) {
        toMap(shape, output)
        apply("Identity", [value], output)
    }

    // MARK: Parts of a block

    private mutating func join(_ block: BlockDescription) throws {
        guard let table = try constant(block, .embedding) else { return }
        let row = "\(block.name).label"
        add("Gather", [table, labels], row, [("axis", .integer(0))])
        var joined = row
        if block.labelInput == .plane {
            toMap(block.input, "\(block.name)")
            joined = reshape(row, "\(block.name).plane", [0, 1, block.input.height, block.input.width])
        } else {
            toVector(block)
        }
        apply("Concat", [value, joined], "\(block.name).joined", [("axis", .integer(1))])
    }

    private mutating func transform(_ block: BlockDescription) throws {
        if block.transform == .linear { toVector(block) } else { toMap(block.transformInput, "\(block.name)") }
        let weights = try [TensorKind.weight, .bias].compactMap { try constant(block, $0) }
        switch block.transform {
        case .linear:
            apply("Gemm", [value] + weights, "\(block.name).linear", [("transB", .integer(1))])
        case .convolution(let kernel, let stride, let padding):
            apply("Conv", [value] + weights, "\(block.name).conv", Self.window(kernel, stride, padding))
        case .deconvolution(let kernel, let stride, let padding):
            apply("ConvTranspose", [value] + weights, "\(block.name).deconv", Self.window(kernel, stride, padding))
        }
    }

    private mutating func normalize(_ block: BlockDescription) throws {
        let kinds: [TensorKind] = [.normWeight, .normBias, .runningMean, .runningVariance]
        let constants = try kinds.compactMap { try constant(block, $0) }
        apply(
            "BatchNormalization", [value] + constants, "\(block.name).bn", [("epsilon", .float(Float(BatchNorm.epsilon)))])
    }

    private mutating func activate(_ block: BlockDescription) {
        let output = "\(block.name).out"
        switch block.activation {
        case .relu: apply("Relu", [value], output)
        case .leakyRelu(let slope): apply("LeakyRelu", [value], output, [("alpha", .float(Float(slope)))])
        case .tanh: apply("Tanh", [value], output)
        case .sigmoid: apply("Sigmoid", [value], output)
        }
    }

    private static func window(_ kernel: Int, _ stride: Int, _ padding: Int) -> Attributes {
        [
            ("kernel_shape", .integers([kernel, kernel])), ("strides", .integers([stride, stride])),
            ("pads", .integers([padding, padding, padding, padding])),
        ]
    }

    // MARK: Values

    private typealias Attributes = [(name: String, value: Graph.Attribute)]

    private mutating func add(_ type: String, _ inputs: [String], _ output: String, _ attributes: Attributes = []) {
        graph.nodes.append(Graph.Node(type: type, inputs: inputs, output: output, attributes: attributes))
    }

    /// Adds an operator whose output is the newest value.
    private mutating func apply(_ type: String, _ inputs: [String], _ output: String, _ attributes: Attributes = []) {
        add(type, inputs, output, attributes)
        value = output
    }

    /// The name of a tensor of the block, which becomes part of the file; nil if the block has none of this kind.
    private mutating func constant(_ block: BlockDescription, _ kind: TensorKind) throws -> String? {
        guard let description = block.tensor(kind) else { return nil }
        guard let tensor = tensors[description.name], tensor.shape == description.shape,
            tensor.values.count == description.count
        else { throw ONNXError(tensor: description.name, shape: description.shape) }
        graph.constants.append(Graph.Constant(name: tensor.name, shape: tensor.shape, values: .floats(tensor.values)))
        return tensor.name
    }

    private mutating func toVector(_ block: BlockDescription) {
        guard form == .map else { return }
        apply("Flatten", [value], "\(block.name).vector", [("axis", .integer(1))])
        form = .vector
    }

    private mutating func toMap(_ shape: FeatureShape, _ name: String) {
        guard form == .vector else { return }
        value = reshape(value, "\(name).map", [0, shape.channels, shape.height, shape.width])
        form = .map
    }

    /// A side of 0 stays as it is: the batch.
    private mutating func reshape(_ input: String, _ output: String, _ shape: [Int]) -> String {
        let sides = "\(output).shape"
        graph.constants.append(
            Graph.Constant(name: sides, shape: [shape.count], values: .integers(shape.map { Int64($0) })))
        add("Reshape", [input, sides], output)
        return output
    }
}
