import OxbowModel
import OxbowProtocol
import OxbowTestSupport
import OxbowTraining
import Testing

@testable import OxbowFleet

/// Keeps what an edge gives away to be scored.
final class CollectingScorer: GeneratorScorer {
    private(set) var expected = 0
    private(set) var generators: [EffectiveGenerator] = []
    func expect(_ plan: Plan, after barrier: UInt32) { expected += 1 }
    func score(_ generator: EffectiveGenerator) { generators.append(generator) }
}

/// What a worker scores is what it generates with: its own blocks, and the core's for the rest, to the last bit.
@Suite struct EffectiveGeneratorTests {
    private static let cuts = [[0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]]
    private let generatorBlocks = (0..<5).map { "g.\($0)" }

    private func scored(_ cuts: [[Int]] = Self.cuts, every: UInt32 = 1, plainRounds: UInt32 = 1000) -> Plan {
        var plan = plan(cuts, plainRounds: plainRounds)
        plan.scoring = ScoringSettings(every: every, samples: 10)
        return plan
    }

    private func check(_ run: LocalRun, _ round: UInt32, _ slots: [UInt32]) throws {
        for slot in slots {
            let given = try #require(run.scorers[slot]?.generators.last, "worker \(slot)")
            let own = run.effective(slot).of(generatorBlocks, optimizer: false)
            #expect(given.round == round && given.tensors.differences(own) == [], "worker \(slot) of round \(round)")
            #expect(given.tensors.names == NumericFleet.generatorNames, "worker \(slot)")
            #expect(given.plan.assignments == run.plan.assignments)
        }
    }

    @Test func itIsThatOfWorkerAndCore() throws {
        // Two clusters, so that a worker's blocks are not the core's mean.
        let run = try LocalRun(scored(plainRounds: 0))
        try run.round(1)
        try run.barrier(1)
        try check(run, 1, [0, 1, 2])
        let clusters = Set(try #require(run.report).entries.map(\.cluster))
        #expect(clusters.count == 2 && run.scorers[0]?.expected == 1)
        #expect(run.scorers[0]?.generators[0].tensors != run.scorers[2]?.generators[0].tensors)
    }

    @Test func itFollowsBlocksThatMove() throws {
        let run = try LocalRun(scored(plainRounds: 0))
        for (round, amended) in [[[1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1]], [[0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0]]]
            .enumerated()
        {
            let round = UInt32(round + 1)
            try run.round(round)
            try run.barrier(round, assignments(amended))
            try check(run, round, [0, 1, 2])
        }
    }

    @Test func aNewcomerHasOne() throws {
        let run = try LocalRun(scored(plainRounds: 0))
        try run.round(1)
        try run.join(assignment(3, [0, 1, 0, 0]))
        try run.setMembers([0, 1, 2, 3])
        try run.barrier(1, assignments(Self.cuts + [[0, 1, 0, 0]]))
        try check(run, 1, [0, 1, 2, 3])
    }

    /// A barrier that is computed and forgotten gives nothing away; the one that is committed does.
    @Test func onlyACommittedOneIsGivenAway() throws {
        let run = try LocalRun(scored())
        try run.round(1)
        try run.computeBarrier(1)
        #expect(run.scorers[0]?.generators.isEmpty == true)
        try run.setMembers([0, 1])
        try run.barrier(1)
        try check(run, 1, [0, 1])
        #expect(run.scorers[2]?.generators.isEmpty == true)
    }

    @Test func scoringChangesNoBitAndOnlyTheAnswersItAsksFor() throws {
        let (plain, other) = (try LocalRun(plan(Self.cuts, plainRounds: 1)), try LocalRun(scored(every: 2, plainRounds: 1)))
        for round in 1...2 as ClosedRange<UInt32> {
            for run in [plain, other] {
                try run.round(round)
                try run.barrier(round)
            }
            #expect(other.liveDigests == plain.liveDigests && other.digests == plain.digests && other.losses == plain.losses)
            if round == 1 {
                #expect(other.answerBytes == plain.answerBytes && other.scorers[0]?.generators.isEmpty == true)
            } else {
                let more = zip(other.answerBytes, plain.answerBytes).map { $0 - $1 }
                // What a worker leaves to the core of G, and its share of the header.
                let model = try ModelDescription(NumericFleet.model)
                for (bytes, cuts) in zip(more, Self.cuts) {
                    let held = try model.blocks(heldBy: try #require(Cuts(cuts)))
                    let left = model.generator.blocks.filter { !held.contains($0.name) }
                    let values = left.flatMap(\.tensors).reduce(0) { $0 + 4 * $1.count }
                    #expect(
                        bytes >= values && bytes < values + 128 * left.flatMap(\.tensors).count, "\(cuts): \(bytes), \(values)")
                }
            }
        }
        #expect(plain.scorers.values.allSatisfy { $0.generators.isEmpty && $0.expected == 0 })
    }

    /// Anything else than what plan and cuts ask for is refused; what is only looked at may be any numbers.
    @Test func answersAreHeldAgainstPlanAndCuts() throws {
        let run = try LocalRun(scored())
        try run.round(1)
        let edge = try #require(run.edges[0])
        let model = try ModelDescription(NumericFleet.model)
        let held = try model.blocks(heldBy: .minimal)
        func answer(_ blocks: [BlockDescription], _ value: (BlockDescription) -> Float) throws -> any BodyStorage {
            try TensorBodies(makeBody: HeapBody.factory).body(
                of: NamedTensors(
                    blocks.flatMap { block in
                        block.tensors.map {
                            NamedTensor(
                                name: $0.name, shape: $0.shape, values: [Float](repeating: value(block), count: $0.count))
                        }
                    }))
        }
        let own = held.map { model[$0] }
        let rest = model.generator.blocks.filter { !held.contains($0.name) }
        func install(_ body: any BodyStorage) throws {
            _ = try edge.perform(.installModels(round: 1, amendment: nil), inputs: [body])
        }
        #expect(throws: FleetError.self) { try install(answer(own) { _ in 1 }) }
        #expect(throws: FleetError.self) { try install(answer(own + rest.dropLast()) { _ in 1 }) }
        #expect(throws: FleetError.self) { try install(answer(own + rest + [model.discriminator.blocks[1]]) { _ in 1 }) }
        #expect(throws: FleetError.self) { try install(answer(own + rest) { held.contains($0.name) ? .nan : 1 }) }
        try install(answer(own + rest) { held.contains($0.name) ? 1 : .nan })
    }

    /// Without anybody to score it, and of another run or round, there are none: that is no failure.
    @Test func whoCannotScoreSaysSo() throws {
        let run = try LocalRun(scored())
        try run.round(1)
        try run.barrier(1)
        let edge = try #require(run.edges[0])
        func told(_ run: UInt64, _ round: UInt32) throws -> [ControlMessage] {
            try edge.perform(.score(run: run, round: round), inputs: []).messages
        }
        // It was given away already.
        #expect(try told(4711, 1) == [.scores(RoundScores(run: 4711, round: 1, scores: nil))])
        #expect(try told(1, 9) == [.scores(RoundScores(run: 1, round: 9, scores: nil))])
        #expect(run.scorers[0]?.generators.count == 1)
    }
}

extension NumericFleet {
    fileprivate static var generatorNames: [String] {
        (try? ModelDescription(model).generator.tensors.map(\.name)) ?? []
    }
}
