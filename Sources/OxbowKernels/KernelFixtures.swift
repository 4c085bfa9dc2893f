/// Compares every kernel with recorded tensors: cases computed elsewhere, in PyTorch's layouts.
///
/// A case `name` has tensors `<name>.input0`, `.output`, `.grad_output`, `.grad_input0`, `.weight`, `.bias`,
/// `.grad_weight`, `.grad_bias`; batch norm `.after.running_mean` and `.after.running_var`; cross entropy
/// `.targets`; Adam `.initial`, `.grad<i>` and `.after<i>`.
public struct KernelFixtures {
    /// One entry of the case list: its name, what it computes, and its numbers (kernel, stride, slope, ...).
    public struct Case: Hashable, Sendable, Decodable {
        public var name: String
        public var operation: String
        public var numbers: [String: Double]

        public init(name: String, operation: String, numbers: [String: Double] = [:]) {
            self.name = name
            self.operation = operation
            self.numbers = numbers
        }

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            var numbers: [String: Double] = [:]
            for key in container.allKeys where key.stringValue != "name" && key.stringValue != "op" {
                numbers[key.stringValue] = try container.decode(Double.self, forKey: key)
            }
            self.init(
                name: try container.decode(String.self, forKey: Key(stringValue: "name")),
                operation: try container.decode(String.self, forKey: Key(stringValue: "op")), numbers: numbers)
        }
    }

    /// One tensor of one case.
    public struct Check: Hashable, Sendable {
        /// The case, with the algorithm in brackets where it is not the direct one.
        public var name: String
        /// Such as "output" or "grad_weight".
        public var tensor: String
        /// ||computed - recorded|| / ||recorded||
        public var error: Double
        public var tolerance: Double

        public var passed: Bool { error <= tolerance }
    }

    /// A case that cannot be run.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String

        public init(description: String) { self.description = description }
    }

    /// Shape and values of a float tensor; nil if there is none of the name.
    public typealias Floats = (_ name: String) -> (shape: [Int], values: [Float])?
    /// Values of an integer tensor; nil if there is none of the name.
    public typealias Integers = (_ name: String) -> [Int32]?

    /// 1e-4 where Winograd computes.
    public static func tolerance(_ algorithm: ConvolutionAlgorithm) -> Double { algorithm == .winograd ? 1e-4 : 1e-5 }

    let floats: Floats
    let integers: Integers

    public init(floats: @escaping Floats, integers: @escaping Integers) {
        self.floats = floats
        self.integers = integers
    }

    /// All checks of all cases, in their order. Throws at a case that is unknown or lacks a tensor.
    public func run(_ cases: [Case]) throws -> [Check] {
        try cases.flatMap(run)
    }

    /// All checks of one case.
    public func run(_ fixture: Case) throws -> [Check] {
        switch fixture.operation {
        case "linear": return try linear(fixture)
        case "conv2d": return try convolution(fixture, transposed: false)
        case "conv_transpose2d": return try convolution(fixture, transposed: true)
        case "batch_norm": return try batchNorm(fixture, training: true)
        case "batch_norm_eval": return try batchNorm(fixture, training: false)
        case "relu", "leaky_relu", "tanh", "sigmoid": return try activation(fixture)
        case "embedding": return try embedding(fixture)
        case "max_pool2d": return try maxPool(fixture)
        case "cross_entropy_mean": return try crossEntropy(fixture)
        case "sigmoid_then_bce_mean": return try binaryCrossEntropy(fixture)
        case "adam": return try adam(fixture)
        default:
            throw Failure(
                description: "Unable to check '\(fixture.name)': the operation '\(fixture.operation)' is unknown.")
        }
    }
}
