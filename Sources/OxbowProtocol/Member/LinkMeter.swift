/// Measures a link by messages whose answers are timed: first the round trip, then each way with growing sizes.
struct LinkMeter: Sendable {
    private(set) var quality = LinkQuality()
    private var step: Step?
    private var number: UInt32 = 0
    private var sentAt = Duration.zero
    private var roundTrips: [Duration] = []

    private enum Step: Hashable {
        case roundTrip
        case up(Int)
        case down(Int)
    }

    private static let trips = 5
    private static let smallest = 32 << 10
    private static let largest = 512 << 10
    /// A transfer of so long is told from the round trip well enough.
    private static let enough = Duration.milliseconds(100)
    /// An answer that does not come, with a lost connection for one, is asked for again.
    private static let patience = Duration.seconds(60)

    /// Begins anew.
    mutating func start(at now: Duration) -> LinkProbe? {
        (quality, roundTrips) = (LinkQuality(), [])
        return send(.roundTrip, now)
    }

    /// - Returns: the next probe to send, or nil when all is measured or the answer is not the one awaited.
    mutating func answered(_ answer: LinkProbe, at now: Duration) -> LinkProbe? {
        guard let step, answer.number == number else { return nil }
        let time = now - sentAt
        switch step {
        case .roundTrip:
            roundTrips.append(time)
            if roundTrips.count < Self.trips { return send(.roundTrip, now) }
            quality.roundTripSeconds = trip.inSeconds
            return send(.up(Self.smallest), now)
        case .up(let bytes):
            if time < Self.enough, bytes < Self.largest { return send(.up(bytes * 4), now) }
            quality.upBytesPerSecond = rate(bytes, time)
            return send(.down(Self.smallest), now)
        case .down(let bytes):
            if time < Self.enough, bytes < Self.largest { return send(.down(bytes * 4), now) }
            quality.downBytesPerSecond = rate(bytes, time)
            self.step = nil
            return nil
        }
    }

    mutating func tick(at now: Duration) -> LinkProbe? {
        guard let step, now - sentAt > Self.patience else { return nil }
        return send(step, now)
    }

    private mutating func send(_ step: Step, _ now: Duration) -> LinkProbe {
        self.step = step
        number += 1
        sentAt = now
        switch step {
        case .roundTrip: return LinkProbe(number: number)
        case .up(let bytes): return LinkProbe(number: number, padding: [UInt8](repeating: 0, count: bytes))
        case .down(let bytes): return LinkProbe(number: number, answerBytes: UInt32(bytes))
        }
    }

    private var trip: Duration { roundTrips.min() ?? .zero }

    /// The round trip is not the bytes'; what is left of a transfer as short as it says little, so at least a tenth counts.
    private func rate(_ bytes: Int, _ time: Duration) -> Double {
        Double(bytes) / max(max(time - trip, time / 10).inSeconds, 1e-9)
    }
}
