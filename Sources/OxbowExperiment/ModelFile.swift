import OxbowModel

/// A model by itself, as the `model` section of an experiment writes it, with what else follows from data there.
public struct ModelFile: Hashable, Sendable {
    public var parameters: ModelParameters
    /// Images of a worker's batch.
    public var batch: Int

    /// What an experiment has where its file is silent.
    public init() {
        parameters = ModelParameters()
        batch = 64
    }

    /// From a YAML file with the keys `width`, `batch`, `noise`, `image` and `classes`, by themselves or under `model`.
    public static func load(_ path: String) throws(ExperimentError) -> ModelFile {
        try parse(Experiment.read(path), subject: path)
    }

    /// From YAML; `subject` is named in errors.
    public static func parse(_ yaml: String, subject: String = "model") throws(ExperimentError) -> ModelFile {
        let tree = try Setting.parse(yaml, subject: subject)
        guard case .map(let entries) = tree else {
            throw ExperimentError(.syntax, "read", subject, "it is not a map of keys", "Write lines such as 'width: 0.5'.")
        }
        guard let inner = entries["model"] else { return try ModelFile(Section(tree, path: "", place: "the model file")) }
        var root = try Section(tree, path: "", place: "the model file")
        let file = try ModelFile(Section(inner, path: "model", place: "the model file"))
        _ = root.take("model")
        try root.finish()
        return file
    }

    init(_ section: Section) throws(ExperimentError) {
        var section = section
        self.init()
        let image = try section.take("image").map { setting throws(ExperimentError) in
            try Self.size(setting, section.name("image"))
        }
        parameters.classes = try section.integer("classes", in: 1...65_536) ?? parameters.classes
        if let image {
            (parameters.imageHeight, parameters.imageWidth, parameters.imageChannels) = (image[0], image[1], image[2])
        }
        let settings = try Experiment.ModelSettings(section)
        (parameters.width, parameters.noise, batch) = (settings.width, settings.noise, settings.batch)
    }

    /// `28x28` or `32x32x3`: height, width, channels.
    private static func size(_ setting: Setting, _ name: String) throws(ExperimentError) -> [Int] {
        guard case .scalar(let text, _) = setting else { throw .bad(name, setting.text, "a size such as 28x28 or 32x32x3") }
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (2...3).contains(numbers.count), numbers.allSatisfy({ (1...1024).contains($0) }) else {
            throw .bad(name, setting.text, "a size such as 28x28 or 32x32x3")
        }
        return numbers.count == 2 ? numbers + [1] : numbers
    }
}
