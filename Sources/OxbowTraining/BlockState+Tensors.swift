import OxbowKernels
import OxbowModel

extension BlockState {
    static let firstMomentSuffix = ".adam_m"
    static let secondMomentSuffix = ".adam_v"
    /// Adam's count of updates, a tensor of one number for the block.
    var stepName: String { "\(description.name).adam_step" }

    /// Parameters and running values.
    var values: [NamedTensor] { parameters.map { $0.exported($0.values) } }

    /// Adam's moments and count.
    var optimizerState: [NamedTensor] {
        let moments = parameters.flatMap { parameter -> [NamedTensor] in
            guard let training = parameter.training else { return [] }
            return [
                parameter.exported(training.firstMoment, suffix: Self.firstMomentSuffix),
                parameter.exported(training.secondMoment, suffix: Self.secondMomentSuffix),
            ]
        }
        return moments + [NamedTensor(name: stepName, shape: [1], values: [Float(steps)])]
    }

    /// Throws `TrainingError` unless all the values (and the optimiser's state) are there in the right shapes.
    func check(_ tensors: NamedTensors, optimizer: Bool) throws {
        for parameter in parameters {
            let name = parameter.description.name
            try Self.check(tensors, name, parameter.description.shape)
            guard optimizer, parameter.training != nil else { continue }
            try Self.check(tensors, name + Self.firstMomentSuffix, parameter.description.shape)
            try Self.check(tensors, name + Self.secondMomentSuffix, parameter.description.shape)
        }
        guard optimizer else { return }
        try Self.check(tensors, stepName, [1])
        guard let count = tensors[stepName]?.values[0], count >= 0, count < 0x1p24, count == count.rounded() else {
            throw TrainingError(action: "install", subject: stepName, reason: "it is not a count of updates")
        }
    }

    /// Overwrites the values (and the optimiser's state); `tensors` were checked.
    func install(_ tensors: NamedTensors, optimizer: Bool) {
        discard()
        for parameter in parameters {
            let name = parameter.description.name
            if let tensor = tensors[name] { parameter.load(tensor.values, into: parameter.values) }
            guard optimizer, let training = parameter.training else { continue }
            if let tensor = tensors[name + Self.firstMomentSuffix] {
                parameter.load(tensor.values, into: training.firstMoment)
            }
            if let tensor = tensors[name + Self.secondMomentSuffix] {
                parameter.load(tensor.values, into: training.secondMoment)
            }
        }
        if optimizer, let count = tensors[stepName]?.values.first { steps = Int(count) }
        filters?.packed()
    }

    private static func check(_ tensors: NamedTensors, _ name: String, _ shape: [Int]) throws {
        guard let tensor = tensors[name] else {
            throw TrainingError(action: "install", subject: name, reason: "the state does not hold it")
        }
        guard tensor.shape == shape, tensor.values.count == shape.reduce(1, *) else {
            throw TrainingError(
                action: "install", subject: name, reason: "its shape is \(tensor.shape) where the model has \(shape)")
        }
    }
}
