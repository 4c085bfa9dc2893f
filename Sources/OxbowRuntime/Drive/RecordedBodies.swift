import OxbowProtocol
import OxbowTrace
import ZeroMQ

/// The bodies that a trace kept, read when they are sent. Used by one thread.
final class RecordedBodies {
    private struct Key: Hashable {
        var slot: UInt32
        var exchange: Exchange
        var half: HalfStep
    }

    private let reader: TraceReader
    private var places: [Key: TraceReader.BodyPlace] = [:]
    /// Rounds and steps that it has, from which a longer run takes them again.
    private var rounds: UInt32 = 1
    private var steps: UInt32 = 1

    /// nil if the trace kept none.
    init?(_ run: RecordedRun, _ path: String) throws {
        guard !run.bodies.isEmpty else { return nil }
        reader = try TraceReader(path)
        for (key, place) in run.bodies where key.direction == .up && key.exchange != .modelDeltas {
            places[Key(slot: key.slot, exchange: key.exchange, half: Self.half(key.round, key.step, key.exchange))] = place
            (rounds, steps) = (max(rounds, key.round), max(steps, key.step + 1))
        }
    }

    private static func half(_ round: UInt32, _ step: UInt32, _ exchange: Exchange) -> HalfStep {
        HalfStep(round: round, step: step, half: exchange <= .discriminatorGradients ? .discriminator : .generator)
    }

    /// A body of this size; nil where there is none.
    func body(of slot: UInt32, _ exchange: Exchange, _ half: HalfStep, byteCount: Int) throws -> FrameBody? {
        let (round, step) = ((max(1, half.round) - 1) % rounds + 1, half.step % steps)
        let key = Key(slot: slot, exchange: exchange, half: Self.half(round, step, exchange))
        guard let place = places[key], place.byteCount == byteCount else { return nil }
        return FrameBody(Message(copying: try reader.body(at: place)))
    }
}
