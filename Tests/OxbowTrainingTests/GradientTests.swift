import OxbowModel
import OxbowTraining
import Testing

/// Gradients of the whole U against finite differences of the total loss.
///
/// After one Adam step the first moment is (1 - beta1) times the gradient. A tensor is moved along its gradient: the
/// loss must change by the gradient's norm times the distance.
@Suite struct GradientTests {
    @Test(arguments: [[4, 4, 4, 4], [3, 6, 4, 5]]) func discriminatorGradients(_ batches: [Int]) throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed, batches: batches)
        let start = fleet.states
        try fleet.discriminatorHalf(round: 0, step: 0)
        try fleet.commit(.discriminator)
        let moments = fleet.states
        try compare(fleet, start, moments, "d.") {
            try fleet.discriminatorHalf(round: 0, step: 0)
            return fleet.edges.reduce(0) { $0 + $1.losses.real + $1.losses.fake }
        }
    }

    @Test(arguments: [[4, 4, 4, 4], [3, 6, 4, 5]]) func generatorGradients(_ batches: [Int]) throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed, batches: batches)
        try fleet.discriminatorHalf(round: 0, step: 0)
        try fleet.commit(.discriminator)
        let start = fleet.states
        try fleet.generatorHalf()
        try fleet.commit(.generator)
        let moments = fleet.states
        try compare(fleet, start, moments, "g.") {
            try fleet.regenerate(round: 0, step: 0)
            try fleet.generatorHalf()
            return fleet.edges.reduce(0) { $0 + $1.losses.generator }
        }
    }

    private func compare(
        _ fleet: LocalFleet, _ start: [SegmentState], _ moments: [SegmentState], _ prefix: String,
        loss: () throws -> Double
    ) throws {
        let owners: [any BlockOwner] = fleet.edges + [fleet.core]
        for (index, owner) in owners.enumerated() { try owner.installState(start[index]) }
        var compared = 0
        for (index, owner) in owners.enumerated() {
            for tensor in start[index] where tensor.name.hasPrefix(prefix) {
                guard let moment = moments[index][tensor.name + ".adam_m"] else { continue }
                let norm = moment.values.reduce(0.0) { $0 + 4 * Double($1) * Double($1) }.squareRoot()
                guard norm > 1e-4 else { continue }
                let direction = moment.values.map { 2 * Double($0) / norm }
                func moved(_ distance: Double) throws -> Double {
                    var changed = start[index]
                    let values = zip(tensor.values, direction).map { Float(Double($0) + distance * $1) }
                    changed.append(NamedTensor(name: tensor.name, shape: tensor.shape, values: values))
                    try owner.installState(changed)
                    return try loss()
                }
                // A short way drowns in the rounding of float32, on a long one rectifiers change sides.
                let slopes = try [2e-3, 4e-4].map { longest in
                    let distance = min(longest, longest / norm)
                    return (try moved(distance) - moved(-distance)) / (2 * distance)
                }
                try owner.installState(start[index])
                let error = slopes.map { abs($0 - norm) }.min() ?? .infinity
                #expect(error < 0.05 * norm + 5e-4, "owner \(index), \(tensor.name): \(slopes), not \(norm)")
                compared += 1
            }
        }
        #expect(compared > 20)
    }
}
