import Foundation
import OxbowFleet
import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowSimulation
import OxbowTestSupport
import OxbowTrace
import OxbowWire
import Testing

@testable import OxbowReplay

/// Traces of simulated fleets with real arithmetic, computed again.
@Suite struct VerifierTests {
    private struct Verified {
        var difference: TraceDifference?
        var counts: VerifiedCounts
        var stateHash: String
    }

    private func record(
        _ fleet: NumericFleet, _ seed: UInt64, _ faults: Faults, addition: ((TraceMessage) -> TraceMessage?)? = nil
    ) throws -> (trace: SimulatedTrace, outcome: FleetSimulation.Outcome) {
        let trace = try SimulatedTrace()
        trace.addition = addition
        let outcome = fleet.simulate(seed, faults) { trace.take($0) }
        try trace.finish()
        return (trace, outcome)
    }

    private func verify(
        _ fleet: NumericFleet, _ trace: SimulatedTrace, paths: [String]? = nil,
        performer: ((MemberID, any TaskPerformer) -> any TaskPerformer)? = nil
    ) throws -> Verified {
        let verifier = TraceVerifier { member, _, store in
            let honest = fleet.performer(member.role, member.slot, store)
            return performer?(member, honest) ?? honest
        }
        var difference: TraceDifference?
        for path in paths ?? trace.paths where difference == nil { difference = try verifier.verify(TraceReader(path)) }
        return Verified(difference: difference, counts: verifier.counts, stateHash: verifier.stateHash)
    }

    private func messages(_ trace: SimulatedTrace, _ paths: [String]? = nil) throws -> [TraceMessage] {
        try (paths ?? trace.paths).flatMap { path in try TraceReader(path).compactMap(\.record.message) }
    }

    /// Verifies what a seed's faults left; equal to the last barrier, whatever happened.
    @discardableResult
    private func check(_ fleet: NumericFleet, _ seed: UInt64, _ faults: Faults) throws -> (
        SimulatedTrace, FleetSimulation.Outcome
    ) {
        let (trace, outcome) = try record(fleet, seed, faults)
        let verified = try verify(fleet, trace)
        #expect(verified.difference == nil, "seed \(seed)")
        #expect(verified.stateHash == StateDigest.stateHash(outcome.digests), "seed \(seed)")
        #expect(verified.counts.barriers == Int(fleet.rounds), "seed \(seed)")
        return (trace, outcome)
    }

    @Test func anUndisturbedRunIsEqualInEveryBody() throws {
        let fleet = NumericFleet()
        let (trace, outcome) = try record(fleet, 0, .none)
        let verified = try verify(fleet, trace)
        #expect(verified.difference == nil && verified.counts.void == 0)
        let bulk = try messages(trace).filter { $0.key != nil && $0.direction == .received }
        #expect(verified.counts.bodies == bulk.count && verified.counts.bytes == bulk.reduce(0) { $0 + $1.bodyLength })
        // Three edges and a core: ready once, losses of each a step, a barrier's states and report.
        #expect(verified.counts.words == 4 + 3 * 2 * 4 + 3 * (4 + 1))
        #expect(verified.counts.barriers == 3 && verified.stateHash == StateDigest.stateHash(outcome.digests))
    }

    /// What waits to be passed on does not grow with the run.
    @Test func memoryHoldsWhatIsUnderWay() throws {
        func most(rounds: UInt32) throws -> Int {
            let fleet = NumericFleet(rounds: rounds)
            return try verify(fleet, record(fleet, 0, .none).trace).counts.mostHeldBytes
        }
        let few = try most(rounds: 1)
        #expect(few > 0)
        #expect(try most(rounds: 4) == few)
    }

    @Test func strictRunsWithLossesAndReturnsAreEqual() throws {
        var returns = 0
        for seed in UInt64(0)..<12 {
            let (trace, _) = try check(NumericFleet(), seed, .all)
            returns += try messages(trace).count {
                if case .plan(_, let barrier, _)? = try? $0.control(), $0.direction == .sent { barrier > 0 } else { false }
            }
        }
        #expect(returns > 0, "no seed returns to a barrier")
    }

    @Test func elasticRunsWithLossesJoinsAndStragglersAreEqual() throws {
        var (regenerated, lost) = (0, 0)
        for (seed, faults) in (UInt64(0)..<16).map({ ($0, $0 % 2 == 0 ? Faults.all : .elastic) }) {
            let (trace, outcome) = try check(NumericFleet(membership: .elastic), seed, faults)
            lost += outcome.sessionsLost + outcome.sidelined
            regenerated += try messages(trace).count {
                if case .stepControl(let order)? = try? $0.control(), case .half(_, true) = order.next { true } else { false }
            }
        }
        #expect(regenerated > 0 && lost > 0, "\(regenerated) repeated halves, \(lost) losses")
    }

    @Test func runsWhoseBrokerDiedAreVerifiedOverAllTheirTraces() throws {
        var deaths = 0
        for seed in UInt64(0)..<12 {
            let (trace, outcome) = try check(NumericFleet(), seed, .death)
            #expect(trace.paths.count <= outcome.brokerCrashes + 1)
            deaths += outcome.brokerCrashes
        }
        #expect(deaths > 0, "no seed kills the broker")
    }

    @Test func runsThatWentThroughEverythingAreEqual() throws {
        for seed in UInt64(0)..<24 { try check(NumericFleet(membership: seed % 3 == 0 ? .elastic : .strict), seed, .chaos) }
    }

    /// A hello of a process that is dead: its session is proposed, and the one in use goes on.
    @Test func aSessionThatIsOnlyProposedEndsNone() throws {
        let fleet = NumericFleet()
        let (trace, _) = try record(fleet, 0, .none)
        let records = try TraceReader(trace.paths[0]).map(\.record)
        let welcome = ControlMessage.welcome(
            Welcome(version: 1, member: .edge(1), sessionEpoch: 77, credits: 4, heartbeat_ms: 500, lease_ms: 4000))
        let bytes = try ControlCodec.encode(welcome)
        let proposal = TraceMessage(
            direction: .sent, connection: 999, member: .edge(1), envelope: Envelope(content: .control),
            bodyLength: UInt64(bytes.count), bodyHash: TraceHash(bytes).bytes, controlBody: bytes)
        let path = trace.paths[0] + ".proposed"
        let writer = try TraceWriter(path)
        for (number, record) in records.enumerated() {
            if number == 150 { try writer.write(TraceRecord(time_ns: record.time_ns, .message(proposal))) }
            try writer.write(record)
        }
        try writer.finish()
        let verified = try verify(fleet, trace, paths: [path])
        #expect(verified.difference == nil && verified.counts.barriers == 3)
    }

    /// The broker says that it received something else than what it passed on.
    @Test func aBodyThatChangedOnItsWayThroughTheBrokerIsFound() throws {
        let fleet = NumericFleet()
        let (trace, _) = try record(fleet, 0, .none)
        let path = trace.paths[0] + ".forged"
        let writer = try TraceWriter(path)
        var forged: Int?
        for (number, var record) in try TraceReader(trace.paths[0]).map(\.record).enumerated() {
            if var message = record.message, message.direction == .received, message.key?.round == 2, forged == nil {
                message.bodyHash[0] ^= 1
                record = TraceRecord(time_ns: record.time_ns, .message(message))
                forged = number
            }
            try writer.write(record)
        }
        try writer.finish()
        let difference = try #require(try verify(fleet, trace, paths: [path]).difference)
        #expect(difference.record == forged && difference.type == "received")
    }

    /// Blocks that move at every barrier, of members that come, go and dawdle.
    @Test func runsWhoseCutsMoveAreEqual() throws {
        var moves = 0
        for (seed, faults) in [(UInt64(0), Faults.none), (1, .network), (2, .elastic), (3, .elastic), (4, .elastic)] {
            var fleet = NumericFleet(membership: .elastic, rounds: 4)
            fleet.scheduling = Scheduling(planner: TurningPlanner(), replanning: .measured, leastGain: 0)
            moves += try check(fleet, seed, faults).1.amendments.count
        }
        #expect(moves > 8)
    }

    @Test func arithmeticThatChangesInRoundTwoIsFoundAtItsFirstBody() throws {
        let fleet = NumericFleet()
        let (trace, _) = try record(fleet, 0, .network)
        let verified = try verify(fleet, trace) { member, honest in
            member == .edge(1) ? AlteredPerformer(honest, fromRound: 2) : honest
        }
        let found = try #require(verified.difference)
        let first = try #require(
            try TraceReader(trace.paths[0]).first {
                $0.record.message?.key?.round == 2 && $0.record.message?.key?.slot == 1
                    && $0.record.message?.direction == .received
            })
        #expect(found.record == first.number && found.offset == first.offset && found.path == trace.paths[0])
        #expect(found.member == "worker-1" && found.type == "received" && found.what == "exchange 1 up")
        #expect(found.round == 2 && found.step == 0 && found.exchange == 1 && found.computed != nil)
        #expect(found.recorded != found.computed)
        #expect(verified.counts.barriers == 1)
    }

    /// Losses are not in any body.
    @Test func lossesAreComparedToo() throws {
        let fleet = NumericFleet()
        let (trace, _) = try record(fleet, 0, .none)
        let verified = try verify(fleet, trace) { member, honest in
            member == .edge(2) ? AlteredLosses(honest) : honest
        }
        #expect(verified.difference?.what == "metrics" && verified.difference?.member == "worker-2")
        #expect(verified.difference?.round == 1 && verified.difference?.step == 0)
    }

    @Test func aTaskThatCannotBeDoneHereIsSaid() throws {
        let fleet = NumericFleet()
        let (trace, _) = try record(fleet, 0, .none)
        let verified = try verify(fleet, trace) { member, honest in
            member == .core() ? FailingPerformer(honest) : honest
        }
        #expect(verified.difference?.what == "aggregation" || verified.difference?.what == "exchange 7 down")
        #expect(verified.difference?.computed == "nothing: the memory is full")
    }

    /// Who sends what the broker refuses changes nothing, whatever it says of itself.
    @Test func messagesWithoutEffectAreNoFault() throws {
        let fleet = NumericFleet()
        let forged: (TraceMessage) -> TraceMessage? = { message in
            guard let key = message.key, key.direction == .up, key.round == 2 else { return nil }
            var message = message
            message.bodyHash = [UInt8](repeating: 7, count: 16)
            // Half of them of a member's session, half of one that ended.
            if key.slot == 0 { message.envelope.sessionEpoch = 0 }
            return message
        }
        let (trace, _) = try record(fleet, 0, .none, addition: forged)
        let verified = try verify(fleet, trace)
        #expect(verified.difference == nil)
        #expect(verified.counts.void == 3 * (2 * 6 + 1))
    }

    @Test func aTraceThatStopsEarlyIsVerifiedToItsEnd() throws {
        let fleet = NumericFleet()
        let (trace, _) = try record(fleet, 0, .none)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: trace.paths[0]))
        for share in [0.3, 0.61, 0.93] {
            let path = trace.paths[0] + ".torn"
            try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(fileURLWithPath: path))
            let survey = try TraceSurvey(path)
            #expect(survey.ending.sentence != nil)
            let verified = try verify(fleet, trace, paths: [path])
            #expect(verified.difference == nil && verified.counts.bodies > 0)
        }
    }

    @Test func aChangedByteIsRefusedBeforeAnythingIsComputed() throws {
        let (trace, _) = try record(NumericFleet(), 0, .none)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: trace.paths[0]))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: trace.paths[0]))
        let error = #expect(throws: TraceError.self) { _ = try TraceSurvey(trace.paths[0]) }
        #expect(error?.code == .damaged)
    }

    @Test func aSurveyTellsWhoTookPart() throws {
        let (trace, _) = try record(NumericFleet(), 0, .none)
        let survey = try TraceSurvey(trace.paths[0])
        #expect(Set(survey.participants.map(\.member)) == [.edge(0), .edge(1), .edge(2), .core()])
        #expect(survey.participants.first { $0.member == .edge(2) }?.data == NumericFleet.data)
        #expect(survey.plan?.run == 4711 && survey.ending == .complete && !survey.holdsArtifacts)
    }

    /// Without the first trace there is nothing to go on from.
    @Test func aLaterTraceAloneIsRefused() throws {
        let fleet = NumericFleet()
        for seed in UInt64(0)..<40 {
            let (trace, _) = try record(fleet, seed, .death)
            guard let last = trace.paths.dropFirst().last, try startBarrier(trace, last) > 0 else { continue }
            let error = #expect(throws: ReplayError.self) { _ = try verify(fleet, trace, paths: [last]) }
            #expect(error?.code == .incomplete && error?.description.contains("barrier") == true)
            return
        }
        Issue.record("no seed has a trace that starts from a barrier")
    }

    private func startBarrier(_ trace: SimulatedTrace, _ path: String) throws -> UInt32 {
        for message in try messages(trace, [path]) {
            if message.direction == .sent, case .plan(_, let barrier, _)? = try message.control() { return barrier }
        }
        return 0
    }
}

/// Changes the lowest bit of what a worker sends.
private final class AlteredPerformer: TaskPerformer {
    private let honest: any TaskPerformer
    private let round: UInt32

    init(_ honest: any TaskPerformer, fromRound round: UInt32) { (self.honest, self.round) = (honest, round) }

    func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        var result = try honest.perform(task, inputs: inputs)
        guard case .stage(_, let half) = task, half.round >= round else { return result }
        result.bodies = result.bodies.map { body in
            guard var bytes = (body as? any ByteBody)?.withBytes({ Array($0) }) else { return body }
            bytes[bytes.count - 4] ^= 1
            return HeapBody(bytes)
        }
        return result
    }
}

/// Tells losses that are off by the smallest number.
private final class AlteredLosses: TaskPerformer {
    private let honest: any TaskPerformer

    init(_ honest: any TaskPerformer) { self.honest = honest }

    func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        var result = try honest.perform(task, inputs: inputs)
        result.messages = result.messages.map { message in
            guard case .metrics(var metrics) = message else { return message }
            metrics.lossFake = metrics.lossFake.nextUp
            return .metrics(metrics)
        }
        return result
    }
}

private final class FailingPerformer: TaskPerformer {
    private let honest: any TaskPerformer

    init(_ honest: any TaskPerformer) { self.honest = honest }

    func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
        if case .exchangeModels = task { throw FleetError("the memory is full") }
        return try honest.perform(task, inputs: inputs)
    }
}
