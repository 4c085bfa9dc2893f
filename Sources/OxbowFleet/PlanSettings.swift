import OxbowModel
import OxbowProtocol
import OxbowTraining

extension Plan {
    func trainingSettings(lanes: Int) -> TrainingSettings {
        TrainingSettings(
            seed: seed, batch: Int(batch), learningRate: optimizer.learningRate, beta1: optimizer.beta1,
            beta2: optimizer.beta2, epsilon: optimizer.epsilon, lanes: lanes, algorithms: .preferred)
    }

    /// The edges as the core sees them.
    var coreMembers: [CoreMember] {
        assignments.map { CoreMember(slot: Int($0.slot), cuts: $0.cuts, batch: Int(batch)) }
    }

    func assignment(_ slot: UInt32) throws -> Assignment { try assignments.required(slot) }
}

extension [Assignment] {
    subscript(slot slot: UInt32) -> Assignment? { first { $0.slot == slot } }

    func required(_ slot: UInt32) throws -> Assignment {
        guard let assignment = self[slot: slot] else {
            throw FleetError("Unable to follow the plan: it has no place for worker-\(slot).")
        }
        return assignment
    }
}

extension OxbowTraining.Half {
    init(_ half: OxbowProtocol.Half) { self = half == .discriminator ? .discriminator : .generator }
}
