import OxbowModel
import OxbowTraining

/// A whole G as an ONNX model: batch norm by running values, any number of images at a time.
///
/// Inputs: `noise` (N, z) float32 and `labels` (N) int64, from 0 below the number of classes. Output: `images` (N, C, H, W)
/// float32 in [-1, 1].
public struct GeneratorModel {
    private let graph: Graph

    /// - Parameter tensors: all of G's, names g.<block>..., PyTorch's shapes and layouts.
    /// - Throws: `ONNXError` where one is missing or has another shape.
    public init(_ model: ModelDescription, tensors: NamedTensors) throws {
        let parameters = model.parameters
        var builder = GraphBuilder(vector: "noise", labels: "labels", tensors: tensors)
        for block in model.generator.blocks { try builder.append(block) }
        builder.finish(as: "images", model.image)
        builder.graph.inputs = [
            Graph.Interface(name: "noise", type: .float32, shape: [nil, parameters.noise]),
            Graph.Interface(name: "labels", type: .int64, shape: [nil]),
        ]
        let image = model.image
        builder.graph.outputs = [
            Graph.Interface(name: "images", type: .float32, shape: [nil, image.channels, image.height, image.width])
        ]
        graph = builder.graph
    }

    /// The bytes of the file.
    ///
    /// - Parameters:
    ///   - version: of the program that writes it.
    ///   - metadata: what the file says of itself, by key.
    public func encode(version: String, metadata: [String: String]) -> [UInt8] {
        graph.model(version: version, metadata: metadata).bytes
    }
}

/// Why a network cannot be written as an ONNX model.
public struct ONNXError: Error, Hashable, Sendable, CustomStringConvertible {
    public let tensor: String
    public let shape: [Int]

    public var description: String {
        "Unable to write the model: tensor '\(tensor)' is missing or not of shape \(shape). Save the state of the same model."
    }
}
