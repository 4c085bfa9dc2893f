import OxbowKernels
import OxbowModel
import OxbowTraining
import Testing

@Suite struct ShapeTests {
    @Test func anEdgeRefusesWrongShapes() throws {
        let fleet = try SmallFleet.make([Cuts.minimal])
        let edge = fleet.edges[0]
        let head = try edge.generatorHead(round: 0, step: 0)
        #expect(throws: TrainingError.self) { try edge.discriminatorHeads([]) }
        #expect(throws: TrainingError.self) { try edge.discriminatorHeads([Tensor([1, 2])]) }
        let images = try fleet.core.generatorActivations([head])
        #expect(throws: TrainingError.self) { try edge.discriminatorHeads(images[0] + images[0]) }
        let judged = try edge.discriminatorHeads(images[0])
        #expect(throws: TrainingError.self) { try edge.discriminatorTails([judged[0]]) }
    }

    @Test func theCoreRefusesWrongShapesAndCounts() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        let heads = try fleet.edges.map { try $0.generatorHead(round: 0, step: 0) }
        #expect(throws: TrainingError.self) { try fleet.core.generatorActivations(Array(heads.dropLast())) }
        #expect(throws: TrainingError.self) { try fleet.core.generatorActivations([heads[1], heads[0], heads[2], heads[3]]) }
        #expect(throws: TrainingError.self) { try fleet.core.generatorActivations([[], heads[1], heads[2], heads[3]]) }
        #expect(throws: TrainingError.self) { try fleet.core.discriminatorActivations(heads) }
        _ = try fleet.core.generatorActivations(heads)
    }

    @Test func exchangedTensorsHaveTheShapesOfTheModel() throws {
        let fleet = try SmallFleet.make(SmallFleet.mixed)
        for (edge, cuts) in zip(fleet.edges, SmallFleet.mixed) {
            let expected = try edge.model.shape(of: 1, up: true, cuts: cuts, batch: 4)
            #expect(try edge.generatorHead(round: 0, step: 0).map(\.shape) == expected)
        }
    }

    @Test func errorsSayWhatIsWrong() throws {
        let edge = try SmallFleet.make([Cuts.minimal]).edges[0]
        _ = try edge.generatorHead(round: 0, step: 0)
        let error = #expect(throws: TrainingError.self) { try edge.discriminatorHeads([Tensor([1, 2])]) }
        #expect(
            error?.description
                == "Unable to compute 'exchange 1 of slot 0': shapes [[1, 2]] came where the model has [[4, 16, 16, 2]].")
    }

    @Test func membersAreChecked() throws {
        let model = try SmallFleet.model()
        let member = CoreMember(slot: 0, cuts: .minimal, batch: 4)
        let settings = TrainingSettings()
        #expect(throws: TrainingError.self) { try CoreTrainer(model: model, members: [], settings: settings) }
        #expect(throws: TrainingError.self) { try CoreTrainer(model: model, members: [member, member], settings: settings) }
        #expect(throws: TrainingError.self) {
            try CoreTrainer(model: model, members: [CoreMember(slot: 0, cuts: .minimal, batch: 1)], settings: settings)
        }
        #expect(throws: ModelError.self) {
            let cuts = Cuts(generatorHead: 2, generatorTail: 0, discriminatorHead: 0, discriminatorTail: 0)
            _ = try CoreTrainer(model: model, members: [CoreMember(slot: 0, cuts: cuts, batch: 4)], settings: settings)
        }
    }

    @Test func labelsOutsideTheClassesAreRefused() throws {
        let model = try SmallFleet.model()
        let edge = try EdgeTrainer(
            model: model, cuts: .minimal, slot: 0, settings: TrainingSettings(batch: 4),
            source: RandomBatches(slot: 0, classes: 1000))
        #expect(throws: TrainingError.self) { try edge.generatorHead(round: 0, step: 0) }
    }
}
