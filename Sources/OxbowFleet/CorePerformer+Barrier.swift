import OxbowProtocol
import OxbowTraining

// Barriers: the trainer stays as it is until one is committed.
extension CorePerformer {
    /// Clusters, weighs and averages; answers every member with its cluster's mean of the blocks it holds afterwards.
    func aggregate(_ round: UInt32, _ amendment: [Assignment]?, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let loaded = try required()
        let barrier = try Barrier(loaded, round: round, amendment: amendment, bodies: bodies, inputs: inputs)
        let answers = try barrier.answers(bodies)
        open = OpenBarrier(round: round, plan: loaded.plan.amended(amendment), state: barrier.coreState)
        generators = barrier.generators
        return TaskResult(bodies: answers, messages: [.aggregation(barrier.report)])
    }

    func save(_ round: UInt32) throws -> TaskResult {
        guard let open, open.round == round else { throw FleetError("Unable to save barrier \(round): it was not computed.") }
        let files = try publish(open.plan, round, generators)
        try store.save(open.state, run: open.plan.run, round: round)
        return TaskResult(
            messages: [.barrierSaved(term: 0, round: round, digest: StateDigest.digest(open.state))],
            artifacts: files.map { Artifact($0.key, bodies.body(ofFile: $0.bytes)) })
    }

    func commitBarrier(_ round: UInt32) throws -> TaskResult {
        if let open, open.round == round { try adopt(open) }
        open = nil
        if let plan = loaded?.plan, round > 1 { store.drop(before: round - 1, run: plan.run) }
        return TaskResult()
    }

    private func adopt(_ open: OpenBarrier) throws {
        let loaded = try required()
        if open.plan != loaded.plan { try loaded.trainer.serve(open.plan.coreMembers) }
        try loaded.trainer.installState(open.state)
        self.loaded?.plan = open.plan
    }
}
