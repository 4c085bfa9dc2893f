import OxbowKernels
import OxbowModel
import OxbowRandom
import OxbowTraining

/// Random images and labels, a function of slot, round and step.
struct RandomBatches: BatchSource {
    let slot: Int
    let classes: Int

    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        var random = RandomStream(
            seed: 7, purpose: .batches, slot: UInt32(slot), round: UInt32(round), step: UInt32(step))
        for index in 0..<images.count { images.data[index] = random.symmetric(1) }
        for index in labels.indices { labels[index] = Int32(random.below(classes)) }
    }
}

/// Fleets small enough to train in a test.
enum SmallFleet {
    static func model(_ parameters: ModelParameters = small) throws -> ModelDescription { try ModelDescription(parameters) }
    static let small = ModelParameters(width: 1.0 / 32, imageHeight: 16, imageWidth: 16, classes: 3, noise: 5)

    static func make(
        _ cuts: [Cuts], batches: [Int]? = nil, lanes: Int = 1, model: ModelDescription? = nil, seed: UInt64 = 11
    ) throws -> LocalFleet {
        let model = try model ?? self.model()
        let batches = batches ?? cuts.map { _ in 4 }
        let edges = try cuts.indices.map { slot in
            try EdgeTrainer(
                model: model, cuts: cuts[slot], slot: slot, settings: TrainingSettings(seed: seed, batch: batches[slot]),
                source: RandomBatches(slot: slot, classes: model.parameters.classes))
        }
        let members = cuts.indices.map { CoreMember(slot: $0, cuts: cuts[$0], batch: batches[$0]) }
        let core = try CoreTrainer(
            model: model, members: members, settings: TrainingSettings(seed: seed, batch: batches[0], lanes: lanes))
        return try LocalFleet(edges: edges, core: core)
    }

    /// Four workers, each with other cuts.
    static let mixed = [Cuts([0, 0, 0, 0]), Cuts([1, 0, 0, 1]), Cuts([0, 1, 1, 0]), Cuts([1, 1, 1, 1])].compactMap { $0 }
}

extension LocalFleet {
    /// Everything that all members would save.
    var states: [SegmentState] { edges.map(\.state) + [core.state] }

    /// Each block as the first worker sees it: its own copy, else the core's.
    func effective() -> NamedTensors {
        NamedTensors(core.exportBlocks().entries + edges[0].exportBlocks().entries)
    }
}

/// ||a - b|| / ||b|| over all values, or the absolute norm where b is zero.
func relativeError(_ ours: [Float], _ theirs: [Float]) -> Double {
    var difference = 0.0
    var norm = 0.0
    for (ours, theirs) in zip(ours, theirs) {
        difference += (Double(ours) - Double(theirs)) * (Double(ours) - Double(theirs))
        norm += Double(theirs) * Double(theirs)
    }
    return (norm > 0 ? difference / norm : difference).squareRoot()
}
