import OxbowKernels
import OxbowModel

extension FleetFixture {
    /// The recorded fleet with its initial state and inputs.
    func makeFleet(lanes: Int, algorithms: AlgorithmPolicy) throws -> LocalFleet {
        let edges = try cuts.indices.map { client in
            let settings = TrainingSettings(batch: description.batch_sizes[client], algorithms: algorithms)
            let inputs = try recordedInputs(of: client)
            let edge = try EdgeTrainer(
                model: model, cuts: cuts[client], slot: client, settings: settings, source: inputs, noise: inputs,
                startKey: nil)
            try edge.install(initial("client\(client)", edge))
            return edge
        }
        let members = cuts.indices.map {
            CoreMember(slot: $0, cuts: cuts[$0], batch: description.batch_sizes[$0])
        }
        let settings = TrainingSettings(batch: description.batch_sizes[0], lanes: lanes, algorithms: algorithms)
        let core = try CoreTrainer(model: model, members: members, settings: settings)
        try core.install(initial("server", core))
        return try LocalFleet(edges: edges, core: core)
    }

    private func initial(_ owner: String, _ member: some BlockOwner) throws -> NamedTensors {
        NamedTensors(
            try member.exportBlocks().map { tensor in
                NamedTensor(name: tensor.name, shape: tensor.shape, values: try self.tensor("initial.\(owner).\(tensor.name)"))
            })
    }

    private func recordedInputs(of client: Int) throws -> RecordedInputs {
        let steps = try description.steps.indices.map { step in
            let name = "step\(step).client\(client)"
            return RecordedInputs.Step(
                images: MapLayout.channelsLast(try tensor("\(name).real"), model.image),
                labels: try tensor("\(name).label").map { Int32($0) }, noise: try tensor("\(name).z"))
        }
        let batch = description.batch_sizes[client]
        for step in steps
        where step.images.count != batch * model.image.count || step.noise.count != batch * model.parameters.noise {
            throw TrainingError(action: "run", subject: "client\(client)", reason: "its inputs do not fit batch \(batch)")
        }
        return RecordedInputs(steps: steps)
    }
}

/// Batches and noise by step, whatever the round.
struct RecordedInputs: BatchSource, NoiseSource {
    struct Step {
        /// Channels last.
        let images: [Float]
        let labels: [Int32]
        let noise: [Float]
    }
    let steps: [Step]

    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        images.load(steps[step].images)
        labels = steps[step].labels
    }

    func noise(round: Int, step: Int, into noise: Tensor) { noise.load(steps[step].noise) }
}

/// Batches of maps between PyTorch's layout (channels first) and ours (channels last).
public enum MapLayout {
    public static func channelsLast(_ values: [Float], _ shape: FeatureShape) -> [Float] {
        var result = values
        eachIndex(values.count, shape) { first, last in result[last] = values[first] }
        return result
    }

    public static func channelsFirst(_ values: [Float], _ shape: FeatureShape) -> [Float] {
        var result = values
        eachIndex(values.count, shape) { first, last in result[first] = values[last] }
        return result
    }

    private static func eachIndex(_ count: Int, _ shape: FeatureShape, _ body: (_ first: Int, _ last: Int) -> Void) {
        for start in stride(from: 0, to: count, by: shape.count) {
            for channel in 0..<shape.channels {
                for position in 0..<shape.positions {
                    body(start + channel * shape.positions + position, start + position * shape.channels + channel)
                }
            }
        }
    }
}
