import OxbowModel
import OxbowProtocol
import OxbowTraining
import Testing

@testable import OxbowFleet

/// What a peer sends at an amended barrier is checked before anything changes.
@Suite struct BrokenBodyTests {
    private static let cuts = [[1, 0, 0, 0], [0, 0, 0, 0]]
    private static let amendment = assignments([[0, 0, 0, 0], [0, 0, 1, 0]])
    private let bodies = TensorBodies(makeBody: HeapBody.factory)

    private func trained() throws -> LocalRun {
        let run = try LocalRun(plan(Self.cuts))
        try run.round(1)
        return run
    }

    /// What worker 0 contributes.
    private func contribution(_ run: LocalRun) -> NamedTensors {
        NamedTensors(
            run.state(.edge(0)).of(allBlocks, optimizer: false).entries
                + run.state(.edge(0)).of(["g.1"], optimizer: true).entries)
    }

    private func changed(_ tensors: NamedTensors, _ name: String, _ value: Float) -> NamedTensors {
        var changed = tensors
        if var tensor = tensors[name] {
            tensor.values[tensor.values.count / 2] = value
            changed.append(tensor)
        }
        return changed
    }

    private static let breaks: [(name: String, value: Float, says: String)] = [
        ("g.1.deconv.weight.adam_v", -1e-9, "below 0"), ("g.1.deconv.weight.adam_v", .nan, "not finite"),
        ("g.1.bn.bias.adam_m", .infinity, "not finite"), ("g.1.bn.bias.adam_m", .nan, "not finite"),
        ("g.1.adam_step", 2.5, "not a count"), ("g.1.adam_step", -1, "not a count"),
        ("g.1.adam_step", 0x1p24, "not a count"), ("g.1.adam_step", .nan, "not finite"),
        ("g.1.deconv.weight", .nan, "not finite"),
    ]

    /// The sentence with which the core refuses worker 0's body; afterwards all goes on as if it had not come.
    private func refusal(_ make: (NamedTensors) -> NamedTensors) throws -> String {
        let (run, undisturbed) = (try trained(), try trained())
        let before = run.liveDigests
        var inputs = try run.contributions(1, Self.amendment)
        inputs[0] = try bodies.body(of: make(contribution(run)))
        let error = #expect(throws: FleetError.self) {
            try run.core.perform(.exchangeModels(round: 1, amendment: Self.amendment), inputs: inputs)
        }
        #expect(run.liveDigests == before)
        for next in [run, undisturbed] {
            try next.barrier(1, Self.amendment)
            try next.round(2)
        }
        #expect(run.liveDigests == undisturbed.liveDigests)
        return error?.description ?? ""
    }

    @Test(arguments: breaks.indices) func brokenNumbersAreRefused(index: Int) throws {
        let broken = Self.breaks[index]
        let sentence = try refusal { changed($0, broken.name, broken.value) }
        #expect(sentence.contains("worker-0") && sentence.contains(broken.says), "\(sentence)")
        #expect(sentence.contains(broken.name), "\(sentence)")
    }

    @Test func missingAndUnaskedTensorsAreRefused() throws {
        let run = try trained()
        let whole = contribution(run)
        for name in ["g.1.deconv.weight.adam_m", "g.1.deconv.bias.adam_v", "g.1.adam_step", "g.1.deconv.weight"] {
            let sentence = try refusal { NamedTensors($0.filter { $0.name != name }) }
            #expect(sentence.contains("(\(name) differs)"), "\(sentence)")
        }
        let unasked = run.state(.edge(0)).of(["g.0"], optimizer: true)
        #expect(try refusal { NamedTensors($0.entries + unasked.entries) }.contains("g.0.adam_step"))
        #expect(try refusal { _ in NamedTensors(whole.of(["g.1"], optimizer: true)) }.contains("worker-0"))
    }

    @Test func aWholeContributionIsTaken() throws {
        let (run, undisturbed) = (try trained(), try trained())
        var inputs = try run.contributions(1, Self.amendment)
        inputs[0] = try bodies.body(of: contribution(run))
        _ = try run.core.perform(.exchangeModels(round: 1, amendment: Self.amendment), inputs: inputs)
        try undisturbed.computeBarrier(1, Self.amendment)
        #expect(run.core.open?.state == undisturbed.core.open?.state)
    }

    @Test func anUnknownMemberMustNotContribute() throws {
        let run = try trained()
        let joined = Self.amendment + [assignment(2, [0, 0, 0, 0])]
        try run.join(joined[2])
        try run.setMembers([0, 1, 2])
        var inputs = try run.contributions(1, joined)
        inputs[2] = inputs[1]
        #expect(throws: FleetError.self) {
            try run.core.perform(.exchangeModels(round: 1, amendment: joined), inputs: inputs)
        }
        try run.barrier(1, joined)
    }

    @Test func anEdgeChecksTheAnswer() throws {
        let run = try trained()
        let edge = try #require(run.edges[1])
        let before = run.liveDigests
        let answers = try run.core.perform(
            .exchangeModels(round: 1, amendment: Self.amendment), inputs: run.contributions(1, Self.amendment)
        ).bodies
        let model = try ModelDescription(run.plan.model)
        let answer = try bodies.blocks(
            of: answers[1], model, values: model.blocks(heldBy: Self.amendment[1].cuts),
            optimizer: [BlockName(.discriminator, 1)], from: "the core")
        let broken = [
            changed(answer, "d.1.conv.weight.adam_v", -1), changed(answer, "d.1.adam_step", 0.5),
            changed(answer, "d.1.conv.weight.adam_m", .nan), NamedTensors(answer.filter { $0.name != "d.1.adam_step" }),
        ]
        for tensors in broken {
            let body = try bodies.body(of: tensors)
            let error = #expect(throws: FleetError.self) {
                try edge.perform(.installModels(round: 1, amendment: Self.amendment), inputs: [body])
            }
            #expect(error?.description.contains("the core") == true)
            #expect(edge.open == nil && run.liveDigests == before)
        }
        _ = try edge.perform(.installModels(round: 1, amendment: Self.amendment), inputs: [answers[1]])
    }

    @Test func anAmendmentMustBeForThoseWhoTakePart() throws {
        let run = try trained()
        let others = [Self.amendment[0]]
        let edge = try #require(run.edges[1])
        #expect(throws: FleetError.self) { try edge.perform(.exchangeModels(round: 1, amendment: others), inputs: []) }
        let inputs = try run.contributions(1, nil)
        #expect(throws: FleetError.self) {
            try run.core.perform(.exchangeModels(round: 1, amendment: others), inputs: inputs)
        }
        let wrong = assignments([[0, 0, 0, 0], [2, 0, 0, 0]])
        #expect(throws: ModelError.self) { try edge.perform(.exchangeModels(round: 1, amendment: wrong), inputs: []) }
        try run.barrier(1)
    }

    @Test func onlyAComputedBarrierIsSaved() throws {
        let run = try trained()
        #expect(throws: FleetError.self) { try run.core.perform(.save(round: 1), inputs: []) }
        #expect(throws: FleetError.self) { try run.edges[0]?.perform(.save(round: 1), inputs: []) }
    }
}
