import OxbowModel
import OxbowProtocol
import OxbowTraining

extension Plan {
    func trainingSettings(lanes: Int) -> TrainingSettings {
        TrainingSettings(
            seed: seed, batch: Int(batch), learningRate: optimizer.learningRate, beta1: optimizer.beta1,
            beta2: optimizer.beta2, epsilon: optimizer.epsilon, lanes: lanes, algorithms: .preferred)
    }

    func assignment(_ slot: UInt32) throws -> Assignment {
        guard let assignment = assignments.first(where: { $0.slot == slot }) else {
            throw FleetError("Unable to follow the plan: it has no place for worker-\(slot).")
        }
        return assignment
    }
}

extension OxbowTraining.Half {
    init(_ half: OxbowProtocol.Half) { self = half == .discriminator ? .discriminator : .generator }
}
