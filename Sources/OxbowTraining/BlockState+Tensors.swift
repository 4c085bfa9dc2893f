import OxbowKernels
import OxbowModel

extension BlockState {
    /// Parameters and running values.
    var values: [NamedTensor] { parameters.map { $0.exported($0.values) } }

    /// Adam's moments and count.
    var optimizerState: [NamedTensor] {
        let moments = parameters.flatMap { parameter -> [NamedTensor] in
            guard let training = parameter.training else { return [] }
            return [
                parameter.exported(training.firstMoment, suffix: BlockDescription.firstMomentSuffix),
                parameter.exported(training.secondMoment, suffix: BlockDescription.secondMomentSuffix),
            ]
        }
        return moments + [NamedTensor(name: description.optimizerStepName, shape: [1], values: [Float(steps)])]
    }

    /// Throws `TrainingError` unless all the values (and an admissible state of the optimiser) are there in the right
    /// shapes.
    func check(_ tensors: NamedTensors, optimizer: Bool) throws {
        for (name, shape) in description.valueShapes { _ = try tensors.required(name, shape) }
        if optimizer { try description.checkOptimizerState(tensors) }
    }

    /// Overwrites the values (and the optimiser's state); `tensors` were checked.
    func install(_ tensors: NamedTensors, optimizer: Bool) {
        discard()
        for parameter in parameters {
            let name = parameter.description.name
            if let tensor = tensors[name] { parameter.load(tensor.values, into: parameter.values) }
            guard optimizer, let training = parameter.training else { continue }
            if let tensor = tensors[name + BlockDescription.firstMomentSuffix] {
                parameter.load(tensor.values, into: training.firstMoment)
            }
            if let tensor = tensors[name + BlockDescription.secondMomentSuffix] {
                parameter.load(tensor.values, into: training.secondMoment)
            }
        }
        if optimizer, let count = tensors[description.optimizerStepName]?.values.first { steps = Int(count) }
        filters?.packed()
    }
}
