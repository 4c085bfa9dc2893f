import OxbowModel
import Testing

@testable import OxbowProtocol

private let numbers = GeneratorScores(samples: 100, imageScore: 2.5, fid: 12, labelAccuracy: 0.5, judgeAccuracy: 0.9)

/// When an edge gives its generator away, and what it tells of the scores.
@Suite struct MemberScoringTests {
    private func member(_ scoring: ScoringSettings?, role: Role = .edge) -> MemberScript {
        var script = MemberScript(role)
        script.welcome()
        script.plan(edges: 2, scoring: scoring)
        script.compute()
        return script
    }

    /// A whole barrier, and the order that commits it.
    private func barrier(_ round: UInt32, _ script: inout MemberScript, term: UInt32 = 1) -> [MemberDirective] {
        script.order(.barrier(round), term: term)
        if script.member.identity.role == .edge { script.compute() }
        for slot in 0..<(script.member.identity.role == .edge ? 1 : 2) as Range<UInt32> {
            script.body(.modelDeltas, slot: slot, term: term, round: round, step: 2)
        }
        script.compute()
        return script.order(.pause, committing: .barrier(round), term: term + 1)
    }

    @Test func aGeneratorIsGivenAwayOnceItsBarrierIsCommitted() {
        var script = member(ScoringSettings(every: 1, samples: 100))
        let tasks = barrier(1, &script).computing
        #expect(tasks == [.commitBarrier(round: 1), .score(run: 1, round: 1)])
        #expect(!script.directives.dropLast(3).computing.contains(.score(run: 1, round: 1)), "not before")
    }

    @Test func onlyRoundsThatAreScoredAre() {
        // The last round always is; the run has two.
        for every in [0, 2, 3] as [UInt32] {
            var script = member(ScoringSettings(every: every, samples: 100))
            #expect(barrier(1, &script).computing == [.commitBarrier(round: 1)], "every \(every)")
            script.compute()
            #expect(barrier(2, &script, term: 3).computing.last == .score(run: 1, round: 2), "every \(every)")
        }
        var unscored = member(nil)
        #expect(barrier(1, &unscored).computing == [.commitBarrier(round: 1)])
        var core = member(ScoringSettings(every: 1, samples: 100), role: .core)
        #expect(barrier(1, &core).computing == [.commitBarrier(round: 1)])
    }

    private func scored(_ round: UInt32, run: UInt64 = 1, scores: GeneratorScores? = numbers) -> MemberEvent {
        .scored(RoundScores(run: run, round: round, scores: scores))
    }

    @Test func scoresAreToldOfRoundsThatCount() {
        var script = member(ScoringSettings(every: 1, samples: 100))
        #expect(script.tell(scored(1)).said == [], "nothing was given away")
        _ = barrier(1, &script)
        #expect(script.tell(scored(1)).said == [.scores(RoundScores(run: 1, round: 1, scores: numbers))])
        #expect(script.tell(scored(2)).said == [] && script.tell(scored(1, run: 2)).said == [])
        // All return to the start: what was scored is done again.
        script.plan(edges: 2, barrier: 0, term: 3, scoring: ScoringSettings(every: 1, samples: 100))
        #expect(script.tell(scored(1)).said == [])
    }

    @Test func scoresWaitForASession() {
        var script = member(ScoringSettings(every: 1, samples: 100))
        _ = barrier(1, &script)
        script.hear(.error(.notWelcome, message: ""))
        #expect(script.tell(scored(1)).said == [])
        script.epoch = 2
        script.welcome()
        #expect(script.directives.said.last == .scores(RoundScores(run: 1, round: 1, scores: numbers)))
    }

    /// The wire would refuse to send them, and end the member.
    @Test func whatCannotBeIsNone() {
        var script = member(ScoringSettings(every: 1, samples: 100))
        _ = barrier(1, &script)
        for change in [{ $0.imageScore = .nan }, { $0.fid = -1 }, { $0.labelAccuracy = 2 }, { $0.samples = 0 }]
            as [(
                inout GeneratorScores
            ) -> Void]
        {
            var wrong = numbers
            change(&wrong)
            #expect(script.tell(scored(1, scores: wrong)).said == [.scores(RoundScores(run: 1, round: 1, scores: nil))])
        }
    }
}

/// What a broker takes of scores, and for how long it waits for the last ones.
@Suite struct BrokerScoringTests {
    private func fleet(
        _ membership: Membership = .elastic, scoring: ScoringSettings? = ScoringSettings(every: 1, samples: 100)
    ) -> BrokerScript {
        BrokerScript.fleet(["a", "b"], BrokerScript.settings("run", membership, scoring: scoring))
    }

    private func tell(
        _ round: UInt32, _ slot: UInt32, _ script: inout BrokerScript, run: UInt64 = 1, scores: GeneratorScores? = numbers
    ) -> [BrokerDirective] {
        script.say(.scores(RoundScores(run: run, round: round, scores: scores)), .edge(slot))
    }

    @Test func scoresOfACommittedRoundAreNoted() {
        var script = fleet()
        #expect(tell(1, 0, &script).scores == [], "nothing is committed")
        script.round()
        let orders = script.directives.orders.count
        let answer = tell(1, 0, &script)
        #expect(answer.scores == [Told(.edge(0), 1, numbers)] && answer.count == 1, "no decision hangs on it")
        #expect(tell(1, 1, &script, scores: nil).scores == [Told(.edge(1), 1, nil)])
        #expect(script.directives.orders.count == orders && script.directives.losses == 0)
    }

    /// Releases before scores know neither the messages nor the longer answers.
    @Test func aFleetWithAnEarlierReleaseIsNotScored() {
        for earlier in ["b", "core"] {
            var script = BrokerScript(
                BrokerScript.fleet, [BrokerScript.settings("run", scoring: ScoringSettings(every: 1, samples: 100))])
            script.join("a", index: 0)
            script.join("b", index: 1, versions: earlier == "b" ? 1...1 : 1...2)
            script.join("core", .core, index: 90, versions: earlier == "core" ? 1...1 : 1...2)
            script.readyAll()
            let member: MemberID = earlier == "core" ? .core() : .edge(1)
            #expect(script.broker.run?.plan != nil && script.broker.run?.plan?.scoring == nil)
            #expect(script.directives.unscored == [[member]])
            script.round()
            script.round()
            #expect(script.broker.run?.isScoring != true, "nobody is waited for")
        }
        #expect(fleet().broker.run?.plan?.scoring != nil)
        #expect(fleet().directives.unscored.isEmpty)
    }

    @Test(arguments: [Membership.elastic, .strict])
    func oneThatComesBackWithAnEarlierReleaseIsToldSo(_ membership: Membership) {
        var script = fleet(membership)
        script.round()
        script.tell(.unreachable(script.broker.members[.edge(1)]!.control!))
        script.join("b", index: 5, nonce: 2, versions: 1...1, saved: [1], run: 1)
        let words = "the run scores generators, which protocol version 1 has no messages for; upgrade this edge"
        #expect(script.directives.standbys == [words])
        #expect(script.broker.run?.seats[1] == nil)
        // With its own release it is in again.
        script.tell(.unreachable(script.broker.members[.edge(1)]!.control!))
        script.join("b", index: 6, nonce: 3, saved: [1], run: 1)
        #expect(script.broker.run?.seats[1] != nil && script.broker.members[.edge(1)]?.standby == nil)
    }

    @Test func aCoreThatComesBackWithAnEarlierReleaseIsNotGoneOnWith() {
        var script = fleet()
        script.round()
        script.tell(.unreachable(script.broker.members[.core()]!.control!))
        script.join("core", .core, index: 91, nonce: 2, versions: 1...1, saved: [1], run: 1)
        #expect(script.broker.missing().contains { $0.hasPrefix("another core: the run scores") }, "\(script.broker.missing())")
        script.tell(.unreachable(script.broker.members[.core()]!.control!))
        script.join("core", .core, index: 92, nonce: 3, saved: [1], run: 1)
        #expect(script.broker.missing().isEmpty, "\(script.broker.missing())")
    }

    @Test func othersAreRefusedAndCostNothing() {
        var script = fleet()
        script.round()
        _ = tell(1, 0, &script)
        for (round, run) in [(1, 1), (0, 1), (2, 1), (.max, 1), (1, 2)] as [(UInt32, UInt64)] {
            let answer = tell(round, 0, &script, run: run)
            #expect(answer.scores == [] && answer.refusals == [.staleBarrier] && answer.errors == [], "round \(round)")
        }
        // Nobody scores a core.
        let core = script.say(.scores(RoundScores(run: 1, round: 1, scores: numbers)), .core())
        #expect(core.scores == [] && core.errors == [.malformed])
        var unscored = fleet(scoring: nil)
        unscored.round()
        #expect(tell(1, 0, &unscored).scores == [])
        var last = fleet(scoring: ScoringSettings(every: 0, samples: 100))
        last.round()
        #expect(tell(1, 0, &last).scores == [])
    }

    @Test func theEndWaitsForTheLastScores() {
        for membership in [Membership.strict, .elastic] {
            var script = fleet(membership)
            script.round()
            script.round()
            let order = script.directives.orders.last
            #expect(order?.commit == .barrier(2) && order?.next == .pause && order?.term == 2)
            #expect(script.broker.awaited() == ["worker-0", "worker-1"])
            #expect(script.broker.status(at: script.now).runs.first?.round == 2)
            #expect(tell(2, 0, &script).journaledEnds == [])
            // Those of an older round, late, are welcome, and not the last ones.
            #expect(tell(1, 1, &script).scores.count == 1 && script.broker.awaited() == ["worker-1"])
            #expect(tell(2, 1, &script, scores: nil).journaledEnds == [.finished])
            script.restAll()
            #expect(script.directives.outcomes == [.finished])
            #expect(script.directives.scores.filter { $0.round == 2 }.count == 2)
        }
    }

    @Test func itWaitsOnlySoLong() {
        var script = fleet()
        script.round()
        script.round()
        for _ in 0..<59 {
            script.now += .seconds(1)
            for member in [MemberID.edge(0), .edge(1), .core()] { script.say(.heartbeat(busy: false, round: 0, step: 0), member) }
            #expect(script.tell(.tick).journaledEnds == [])
        }
        script.now += .seconds(1)
        #expect(script.tell(.tick).journaledEnds == [.finished])
    }

    @Test func whoIsLostOrLeavesIsNotWaitedFor() {
        for leaves in [false, true] {
            var script = fleet()
            script.round()
            script.round()
            func go(_ slot: UInt32) -> [BrokerDirective] {
                guard !leaves else { return script.say(.leaving(reason: "SIGTERM"), .edge(slot)) }
                return script.tell(.unreachable(script.broker.members[.edge(slot)]!.control!))
            }
            #expect(go(0).journaledEnds == [] && script.broker.awaited() == ["worker-1"])
            #expect(go(1).journaledEnds == [.finished])
        }
    }

    /// All that was to be done is done.
    @Test func aRunThatOnlyWaitsForScoresCannotFail() {
        for membership in [Membership.strict, .elastic] {
            var script = fleet(membership)
            script.round()
            script.round()
            #expect(script.tell(.stopRun(id: "run", reason: "enough")).journaledEnds == [.finished])
            var failing = fleet(membership)
            failing.round()
            failing.round()
            #expect(failing.say(.error(.computeFailed, message: "no more"), .core()).journaledEnds == [.finished])
        }
    }

    /// Without a commit nobody scores.
    @Test func aReturnToTheLastBarrierWaitsForNothing() {
        var script = fleet(.strict)
        script.round()
        let records = script.directives.compactMap { if case .journal(let record, _) = $0 { record } else { nil } }
        script.round()
        let all = script.directives.compactMap { if case .journal(let record, _) = $0 { record } else { nil } }
        #expect(records.count < all.count)
        let settings = BrokerScript.settings("run", .strict, scoring: ScoringSettings(every: 1, samples: 100))
        var again = BrokerScript(BrokerScript.fleet, [])
        again.broker = BrokerMachine(BrokerScript.fleet, recovering: Recovery(all), runs: [settings])
        for (index, name) in ["a", "b"].enumerated() { again.join(name, index: UInt64(index), nonce: 7, saved: [1, 2], run: 1) }
        again.join("core", .core, index: 90, nonce: 7, saved: [1, 2], run: 1)
        again.readyAll()
        #expect(again.directives.journaledEnds == [.finished])
        // Scores that waited for the broker count until the run is over.
        #expect(tell(2, 0, &again).scores.count == 1)
        again.restAll()
        #expect(again.directives.outcomes == [.finished] && tell(2, 1, &again).refusals == [.staleBarrier])
    }
}

private struct Told: Hashable {
    var member: MemberID
    var round: UInt32
    var scores: GeneratorScores?
    init(_ member: MemberID, _ round: UInt32, _ scores: GeneratorScores?) {
        (self.member, self.round, self.scores) = (member, round, scores)
    }
}

extension [BrokerDirective] {
    fileprivate var scores: [Told] {
        compactMap { if case .note(.scores(let id, let round, let scores)) = $0 { Told(id, round, scores) } else { nil } }
    }
    fileprivate var refusals: [ErrorCode] {
        compactMap { if case .note(.refused(let code, _)) = $0 { code } else { nil } }
    }
}
