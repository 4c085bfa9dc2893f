import Foundation
import OxbowKernels
import OxbowModel

/// A recorded training of a small fleet (PyTorch), run again through `EdgeTrainer` and `CoreTrainer` and compared.
///
/// Tensors are found by name through a closure, in PyTorch's layouts: `initial.<owner>.<tensor>`,
/// `step<i>.client<k>.{real,label,z,fake}`, `trained.*`, `tap.client<k>`, `aggregated.*`; owners are `client<k>` and
/// `server`. What the JSON does not say (image size, channels, classes, noise) follows from the shapes.
public struct FleetFixture {
    public typealias Lookup = (_ name: String) -> (shape: [Int], values: [Float])?

    /// The JSON beside the tensors.
    struct Description: Decodable {
        struct Losses: Decodable {
            let d_loss_real: [Double]
            let d_loss_fake: [Double]
            let g_loss: [Double]
        }
        let cuts: [[Int]]
        let width_multiplier: Double?
        let batch_sizes: [Int]
        let steps: [Losses]
        let sample_counts: [Int]?
        let clusters: [Int]?
        let kld_in_cluster: [Double]?
        let kld_global: [Double]?
        let alpha: Double?
    }

    let description: Description
    let tensors: Lookup
    let cuts: [Cuts]
    public let model: ModelDescription

    /// - Throws: `TrainingError` or `DecodingError` if something is missing, `ModelError` if the shapes fit no model.
    public init(json: Data, tensors: @escaping Lookup) throws {
        let description = try JSONDecoder().decode(Description.self, from: json)
        let cuts = description.cuts.compactMap { Cuts($0) }
        guard cuts.count == description.batch_sizes.count, cuts.count == description.cuts.count, !cuts.isEmpty else {
            throw TrainingError(action: "run", subject: "fleet fixture", reason: "each client needs four cuts and a batch size")
        }
        self.description = description
        self.tensors = tensors
        self.cuts = cuts
        self.model = try Self.model(description, tensors)
    }

    /// Runs all steps, then `aggregate` if the fixture has a barrier; one deviation for each recorded number or tensor.
    public func run(
        lanes: Int = 1, algorithms: AlgorithmPolicy = .direct, aggregate: ((FixtureBarrier) throws -> FixtureMeans)? = nil
    ) throws -> [Deviation] {
        let fleet = try makeFleet(lanes: lanes, algorithms: algorithms)
        var deviations: [Deviation] = []
        for step in description.steps.indices {
            let isLast = step == description.steps.count - 1
            if isLast { fleet.core.beginSignal() }
            try run(step, fleet, isLast: isLast, &deviations)
        }
        try compareState("trained", fleet, &deviations)
        if let aggregate { try compareBarrier(fleet, aggregate, &deviations) }
        return deviations
    }

    private func run(_ step: Int, _ fleet: LocalFleet, isLast: Bool, _ deviations: inout [Deviation]) throws {
        try fleet.discriminatorHalf(round: 0, step: step) {
            if isLast { try compareTaps(fleet, &deviations) }
        }
        try fleet.commit(.discriminator)
        try fleet.generatorHalf()
        let recorded = description.steps[step]
        for (client, edge) in fleet.edges.enumerated() {
            let name = "step\(step).client\(client)"
            for (part, ours, theirs) in [
                ("d_loss_real", edge.losses.real, recorded.d_loss_real), ("d_loss_fake", edge.losses.fake, recorded.d_loss_fake),
                ("g_loss", edge.losses.generator, recorded.g_loss),
            ] {
                deviations.append(Deviation("\(name).\(part)", [Float(ours)], [Float(theirs[client])]))
            }
            let fake = MapLayout.channelsFirst(edge.fake.array, model.image)
            deviations.append(Deviation("\(name).fake", fake, try tensor("\(name).fake")))
        }
        try fleet.commit(.generator)
    }

    func tensor(_ name: String) throws -> [Float] {
        guard let found = tensors(name) else {
            throw TrainingError(action: "run", subject: name, reason: "the fixture does not hold it")
        }
        return found.values
    }

    private static func model(_ description: Description, _ tensors: Lookup) throws -> ModelDescription {
        func shape(_ name: String, _ dimensions: Int) throws -> [Int] {
            guard let shape = tensors(name)?.shape, shape.count == dimensions else {
                throw TrainingError(
                    action: "run", subject: name, reason: "the fixture does not hold it with \(dimensions) dimensions")
            }
            return shape
        }
        let image = try shape("step0.client0.real", 4)
        let embedding = try shape("initial.client0.g.0.embed.weight", 2)
        let noise = try shape("step0.client0.z", 2)
        let linear = try shape("initial.client0.g.0.linear.weight", 2)
        let width = Double(linear[0] * 16) / Double(image[2] * image[3] * 256)
        return try ModelDescription(
            ModelParameters(
                width: description.width_multiplier ?? width, imageHeight: image[2], imageWidth: image[3],
                imageChannels: image[1], classes: embedding[0], noise: noise[1]))
    }
}
