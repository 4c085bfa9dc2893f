import OxbowModel

// The tensors that make up a block's state, by name: its values, and Adam's state of it.
extension BlockDescription {
    static let firstMomentSuffix = ".adam_m"
    static let secondMomentSuffix = ".adam_v"

    /// Adam's count of updates, a tensor of one number for the block: `g.1.adam_step`.
    public var optimizerStepName: String { "\(name).adam_step" }

    /// Names and shapes of parameters and running values, in the order of a state.
    public var valueShapes: [(name: String, shape: [Int])] { tensors.map { ($0.name, $0.shape) } }

    /// Names and shapes of Adam's moments and count, in the order of a state.
    public var optimizerShapes: [(name: String, shape: [Int])] {
        let moments = tensors.filter(\.kind.isParameter).flatMap { tensor in
            [(tensor.name + Self.firstMomentSuffix, tensor.shape), (tensor.name + Self.secondMomentSuffix, tensor.shape)]
        }
        return moments + [(optimizerStepName, [1])]
    }

    /// Adam's state before the first update: all zero.
    public var freshOptimizerState: [NamedTensor] {
        optimizerShapes.map { name, shape in
            NamedTensor(name: name, shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
        }
    }

    /// Throws `TrainingError` unless Adam's state of this block is there: shapes, no second moment below 0, a count that is
    /// a whole number from 0 to below 2^24.
    public func checkOptimizerState(_ tensors: NamedTensors) throws {
        for (name, shape) in optimizerShapes {
            let tensor = try tensors.required(name, shape)
            // Not a number is no reason here: a state file of a diverged run can be looked at.
            guard name.hasSuffix(Self.secondMomentSuffix), tensor.values.contains(where: { $0 < 0 }) else { continue }
            throw TrainingError(action: "install", subject: name, reason: "a mean of squares is below 0")
        }
        let count = try tensors.required(optimizerStepName, [1]).values[0]
        guard count >= 0, count < 0x1p24, count == count.rounded() else {
            throw TrainingError(action: "install", subject: optimizerStepName, reason: "it is not a count of updates")
        }
    }
}

extension NamedTensors {
    /// Throws `TrainingError` unless it is there in this shape.
    func required(_ name: String, _ shape: [Int]) throws -> NamedTensor {
        guard let tensor = self[name] else {
            throw TrainingError(action: "install", subject: name, reason: "the state does not hold it")
        }
        guard tensor.shape == shape, tensor.values.count == shape.reduce(1, *) else {
            throw TrainingError(
                action: "install", subject: name, reason: "its shape is \(tensor.shape) where the model has \(shape)")
        }
        return tensor
    }
}
