import OxbowModel
import OxbowProtocol
import OxbowTraining

// Barriers: the trainer stays as it is until one is committed.
extension EdgePerformer {
    /// The blocks held so far, with Adam's states of those that the amendment gives up.
    func contribute(_ round: UInt32, _ amendment: [Assignment]?) throws -> TaskResult {
        let trainer = try required()
        let moves = try moves(round, amendment)
        let tensors = trainer.exportBlocks(moves.before).entries + trainer.exportState(moves.givenUp).entries
        return TaskResult(bodies: [try bodies.body(of: NamedTensors(tensors))])
    }

    /// Takes in the blocks held from now on, with Adam's states of those that the amendment takes over.
    func install(_ round: UInt32, _ amendment: [Assignment]?, _ inputs: [any BodyStorage]) throws -> TaskResult {
        let (place, trainer, moves) = (try requiredPlace(), try required(), try moves(round, amendment))
        guard let body = inputs.first else { preconditionFailure("a barrier without an answer") }
        let answer = try bodies.blocks(
            of: body, place.model, values: moves.after, optimizer: moves.takenOver, shown: moves.shown, from: "the core")
        let state = NamedTensors(after: moves, own: trainer.state, answer: answer, place.model)
        open = OpenBarrier(round: round, plan: place.plan.amended(amendment), state: state)
        if place.plan.scores(after: round) {
            open?.generator = NamedTensors(place.model.generator.blocks.flatMap { answer.values(of: $0) })
        }
        return TaskResult()
    }

    func save(_ round: UInt32) throws -> TaskResult {
        guard let open, open.round == round else { throw FleetError("Unable to save barrier \(round): it was not computed.") }
        try store.save(open.state, run: open.plan.run, round: round)
        return TaskResult(messages: [.barrierSaved(term: 0, round: round, digest: StateDigest.digest(open.state))])
    }

    func commitBarrier(_ round: UInt32) throws -> TaskResult {
        if let open, open.round == round {
            try adopt(open)
            effective = open.generator.map { (round, $0) }
        }
        open = nil
        if let place, round > 1 { store.drop(before: round - 1, run: place.plan.run) }
        return TaskResult()
    }

    /// Nothing that goes wrong here is worth the run.
    func giveGenerator(_ run: UInt64, _ round: UInt32) -> TaskResult {
        defer { effective = nil }
        guard let place, let scorer, place.plan.run == run, let effective, effective.round == round else {
            return TaskResult(messages: [.scores(RoundScores(run: run, round: round, scores: nil))])
        }
        scorer.score(EffectiveGenerator(plan: place.plan, round: round, tensors: effective.tensors))
        return TaskResult()
    }

    private func adopt(_ open: OpenBarrier) throws {
        let cuts = try required().cuts
        place?.plan = open.plan
        let place = try requiredPlace()
        if try place.plan.assignment(place.slot).cuts != cuts {
            // The memory of the trainer so far goes before that of the next one comes.
            trainer = nil
            trainer = try place.makeTrainer()
        }
        try required().installState(open.state)
    }

    private func moves(_ round: UInt32, _ amendment: [Assignment]?) throws -> BlockMoves {
        let place = try requiredPlace()
        return try BlockMoves(
            place.model, current: required().cuts, amended: amendment?.required(place.slot).cuts, contributes: halves > 0,
            scored: place.plan.scores(after: round))
    }
}
