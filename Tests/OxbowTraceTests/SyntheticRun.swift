import OxbowModel
import OxbowProtocol
import OxbowWire

@testable import OxbowTrace

/// A made-up run: one round of one step and a barrier, worker-1 always last. All times in milliseconds.
///
/// Each edge answer takes 10 ms (worker-0) or 20 ms (worker-1), the core 5 ms and 1 ms more for its second answer, the broker 1 ms
/// to pass a message on.
struct SyntheticRun {
    private(set) var records: [TraceRecord] = []
    private var now: UInt64 = 0
    private let bytes: UInt64 = 1000

    static let halves = 2
    static let startWait: UInt64 = 50

    init() {
        add(.header(Sample.header))
        decide(.started(run: "mine"))
        for slot in 0..<2 {
            decide(.enrolled(.edge(UInt32(slot)), workerID: "w\(slot)", tier: slot == 0 ? "large" : "small", sessionEpoch: 1))
        }
        now += Self.startWait
        half(.discriminator, [.generatorActivations, .discriminatorActivations, .discriminatorGradients])
        half(.generator, [.generatorPassActivations, .generatorPassGradients, .generatorGradients])
        barrier()
        add(.end(TraceEnd(outcome: "finished", stateHash: "ab")))
    }

    private mutating func add(_ content: TraceRecord.Content, at time: UInt64? = nil) {
        records.append(TraceRecord(time_ns: (time ?? now) * 1_000_000, content))
    }
    private mutating func decide(_ decision: JournalRecord) { add(.decision(TraceJSON.text(decision))) }

    private mutating func order(_ next: StepControl.Next) {
        add(.note(TraceJSON.text(BrokerNote.ordered(StepControl(term: 1, members: [0, 1], commit: .nothing, next: next)))))
    }

    private mutating func half(_ half: Half, _ exchanges: [Exchange]) {
        let step = HalfStep(round: 1, step: 0, half: half)
        order(.half(step, regenerate: false))
        for exchange in exchanges { self.exchange(exchange, step: 0) }
        decide(.committed(step))
    }

    /// All ups, then the core's answers; ends when the last answer has come, 1 ms before it is passed on.
    private mutating func exchange(_ exchange: Exchange, step: UInt32) {
        func key(_ direction: Direction, _ slot: UInt32) -> ExchangeKey {
            ExchangeKey(term: 1, round: 1, step: step, exchange: exchange, direction: direction, slot: slot)
        }
        let start = now
        pass(key(.up, 0), at: start + 10)
        pass(key(.up, 1), at: start + 20)
        pass(key(.down, 0), at: start + 26)
        pass(key(.down, 1), at: start + 27)
        now = start + 28
    }

    private mutating func pass(_ key: ExchangeKey, at time: UInt64) {
        let sender: MemberID = key.direction == .up ? .edge(key.slot) : .core()
        let receiver: MemberID = key.direction == .up ? .core() : .edge(key.slot)
        let envelope = Envelope(sender: sender, content: .bulk(key))
        let hash = [UInt8](repeating: 1, count: 16)
        add(
            .message(
                TraceMessage(
                    direction: .received, connection: 1, member: sender, envelope: envelope, bodyLength: bytes, bodyHash: hash)),
            at: time)
        add(
            .message(
                TraceMessage(
                    direction: .sent, connection: 2, member: receiver, received_ns: time * 1_000_000, envelope: envelope,
                    bodyLength: bytes, bodyHash: hash)), at: time + 1)
    }

    private mutating func barrier() {
        order(.barrier(1))
        // Of worker-1's 120 ms in this step's exchanges 72 were computing and 12 coding; of the core's 36 half were computing.
        metrics(.edge(0), compute: 0.03, codec: 0.003)
        metrics(.edge(1), compute: 0.072, codec: 0.012)
        metrics(.core(), compute: 0.018, codec: 0)
        exchange(.modelDeltas, step: 1)
        now += 40
        for member in [MemberID.core(), .edge(0), .edge(1)] {
            control(.barrierSaved(term: 1, round: 1, digest: [UInt8](repeating: 1, count: 32)), from: member)
        }
        decide(.barrier(round: 1, digests: []))
    }

    private mutating func metrics(_ member: MemberID, compute: Double, codec: Double) {
        control(.metrics(StepMetrics(round: 1, step: 0, computeSeconds: compute, codecSeconds: codec)), from: member)
    }

    private mutating func control(_ message: ControlMessage, from member: MemberID) {
        let bytes = (try? ControlCodec.encode(message)) ?? []
        add(
            .message(
                TraceMessage(
                    direction: .received, connection: 1, member: member, envelope: Envelope(sender: member, content: .control),
                    bodyLength: UInt64(bytes.count), bodyHash: TraceHash(bytes).bytes, controlBody: bytes)))
    }
}
