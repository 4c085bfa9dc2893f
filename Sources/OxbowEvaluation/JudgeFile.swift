import OxbowSafetensors

/// A judge as a file: its parameters in memory's layout, what it was trained on and how good it is.
enum JudgeFile {
    private enum Key {
        static let recipe = "recipe"
        static let domain = "domain_sha256"
        static let accuracy = "accuracy"
        static let imageScore = "image_score"
    }

    /// Writes the file as a whole or not at all; throws `SafetensorsError`.
    static func write(_ judge: Judge, _ checksum: String, _ path: String) throws {
        var file = SafetensorsFile(metadata: [
            Key.recipe: "\(ClassifierRecipe.judgeVersion)", Key.domain: checksum, Key.accuracy: "\(judge.quality.accuracy)",
            Key.imageScore: "\(judge.quality.imageScore)",
        ])
        for (name, shape, values) in judge.parameters { file.tensors[name] = StoredTensor(shape: shape, values) }
        try file.write(path)
    }

    /// Throws `SafetensorsError`, or `EvaluationError` where the file is not the judge of this domain.
    static func read(_ path: String, _ checksum: String, _ form: ImageForm) throws -> Judge {
        let file = try SafetensorsFile.read(path)
        guard file.metadata[Key.recipe] == "\(ClassifierRecipe.judgeVersion)", file.metadata[Key.domain] == checksum,
            let accuracy = share(file.metadata[Key.accuracy], 0...1),
            let imageScore = share(file.metadata[Key.imageScore], 1...Double(max(1, form.classes)) + 1e-6)
        else {
            throw foreign(path, "its metadata is not that of the domain's judge")
        }
        let quality = Judge.Quality(accuracy: accuracy, imageScore: imageScore)
        let network = try ClassifierNetwork(form, batch: Judge.batch, padding: ClassifierRecipe.judge.padding)
        for parameter in network.parameters {
            let values: [Float] = try file.values(parameter.name, shape: parameter.values.shape, file: path)
            guard values.allSatisfy(\.isFinite) else {
                throw foreign(path, "tensor '\(parameter.name)' holds values that are not finite")
            }
            parameter.values.load(values)
        }
        network.pack()
        return Judge(network, quality)
    }

    private static func share(_ text: String?, _ range: ClosedRange<Double>) -> Double? {
        guard let value = text.flatMap(Double.init), range.contains(value) else { return nil }
        return value
    }

    private static func foreign(_ path: String, _ reason: String) -> EvaluationError {
        EvaluationError("use", path, reason, "Remove it.")
    }
}
