import OxbowModel
import OxbowSafetensors
import OxbowTraining

/// A saved generator: a whole G, and what is needed to build and name it.
public struct GeneratorFile: Hashable, Sendable {
    public var parameters: ModelParameters
    /// The members of its cluster.
    public var workers: [String]
    /// All of G's, names g.<block>..., PyTorch's shapes and layouts.
    public var tensors: NamedTensors

    public init(parameters: ModelParameters, workers: [String], tensors: NamedTensors) {
        self.parameters = parameters
        self.workers = workers
        self.tensors = tensors
    }

    /// What makes its images. Throws `ModelError`, `KernelError` or `TrainingError`.
    public func sampler(batch: Int = 50) throws -> GeneratorSampler {
        try GeneratorSampler(model: ModelDescription(parameters), tensors: tensors, batch: batch)
    }

    /// Writes the file as a whole or not at all; tensors that are not G's are left out.
    ///
    /// Throws `EvaluationError` for values that do not fit the model and for names with commas, `SafetensorsError`
    /// where the file cannot be written.
    public func write(_ path: String) throws { try stateFile(path).write(path) }

    /// The bytes that `write` writes; `path` is named in errors. Throws `EvaluationError` as `write` does.
    public func encode(_ path: String) throws -> [UInt8] { try stateFile(path).encode() }

    private func stateFile(_ path: String) throws -> SafetensorsFile {
        if let name = workers.first(where: { $0.contains(",") || $0.isEmpty }) {
            let remedy = "Name workers without commas."
            throw EvaluationError("write", path, "'\(name)' cannot be a worker's name in it", remedy)
        }
        var file = SafetensorsFile(metadata: metadata)
        for description in try ModelDescription(parameters).generator.tensors {
            guard let tensor = tensors[description.name], tensor.shape == description.shape,
                tensor.values.count == description.count
            else {
                let reason = "tensor '\(description.name)' is missing or not of shape \(description.shape)"
                throw EvaluationError("write", path, reason, "Save the state of the same model.")
            }
            file.tensors[tensor.name] = StoredTensor(shape: tensor.shape, tensor.values)
        }
        return file
    }

    /// Reads a file and checks that it is a whole generator.
    ///
    /// Throws `SafetensorsError` where it cannot be read or is damaged, `EvaluationError` where it is something else.
    public static func read(_ path: String) throws -> GeneratorFile {
        let file = try SafetensorsFile.read(path)
        let parameters = try GeneratorMetadata(file.metadata, path).parameters()
        let model: ModelDescription
        do { model = try ModelDescription(parameters) } catch let error as ModelError {
            throw foreign(path, "'\(error.subject)' is not a model that can be built")
        }
        var tensors = NamedTensors()
        for description in model.generator.tensors {
            let values: [Float] = try file.values(description.name, shape: description.shape, file: path)
            guard values.allSatisfy(\.isFinite) else {
                throw foreign(path, "tensor '\(description.name)' holds values that are not finite")
            }
            tensors.append(NamedTensor(name: description.name, shape: description.shape, values: values))
        }
        let workers = (file.metadata["workers"] ?? "").split(separator: ",").map(String.init)
        return GeneratorFile(parameters: parameters, workers: workers, tensors: tensors)
    }

    static func foreign(_ path: String, _ reason: String) -> EvaluationError {
        EvaluationError("use", path, reason, "Name a generator-<cluster>.safetensors that a run wrote.")
    }

    /// What every file of this generator says of it, by key.
    public var metadata: [String: String] {
        var entries = [
            "z": "\(parameters.noise)", "classes": "\(parameters.classes)", "width": "\(parameters.width)",
            "workers": workers.joined(separator: ","),
        ]
        let image = "\(parameters.imageHeight)x\(parameters.imageWidth)x\(parameters.imageChannels)"
        if image != GeneratorMetadata.usualImage { entries["image"] = image }
        return entries
    }
}

/// The metadata of a generator file as numbers.
struct GeneratorMetadata {
    static let usualImage = "28x28x1"
    private let entries: [String: String]
    private let path: String

    init(_ entries: [String: String], _ path: String) {
        self.entries = entries
        self.path = path
    }

    func parameters() throws(EvaluationError) -> ModelParameters {
        let image = entries["image"] ?? Self.usualImage
        let sides = image.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 3, let height = sides[0], let width = sides[1], let channels = sides[2] else {
            throw GeneratorFile.foreign(path, "its image '\(image)' is not written as height x width x channels")
        }
        return ModelParameters(
            width: try number("width", Double.init), imageHeight: height, imageWidth: width, imageChannels: channels,
            classes: try number("classes") { Int($0) }, noise: try number("z") { Int($0) })
    }

    private func number<Number>(_ key: String, _ parse: (String) -> Number?) throws(EvaluationError) -> Number {
        guard let text = entries[key] else {
            throw GeneratorFile.foreign(path, "it is not a generator: its metadata lacks '\(key)'")
        }
        guard let value = parse(text) else {
            throw GeneratorFile.foreign(path, "its \(key) '\(text)' is not a number")
        }
        return value
    }
}
