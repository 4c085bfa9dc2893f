/// Measures a link by messages whose answers are timed: first the round trip, then each way with growing sizes.
struct LinkMeter: Sendable {
    private(set) var quality = LinkQuality()
    private var step: Step?
    private var number: UInt32 = 0
    private var sentAt = Duration.zero
    private var roundTrips: [Duration] = []
    /// Of transfers of the size that is measured.
    private var transferTimes: [Duration] = []

    private enum Step: Hashable {
        case roundTrip
        case up(Int)
        case down(Int)
    }

    private static let trips = 5
    private static let smallest = 32 << 10
    private static let largest = 512 << 10
    /// A transfer of so long is told from the round trip, and from what else the machine does, well enough.
    private static let enough = Duration.milliseconds(100)
    /// Shorter ones of the largest size are repeated so often, and the quickest counts: on a busy machine the others wait.
    private static let transfers = 5
    /// An answer that does not come, with a lost connection for one, is asked for again.
    private static let patience = Duration.seconds(60)

    /// Begins anew.
    mutating func start(at now: Duration) -> LinkProbe? {
        (quality, roundTrips, transferTimes) = (LinkQuality(), [], [])
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
            if let bytes = another(bytes, time) { return send(.up(bytes), now) }
            quality.upBytesPerSecond = takeRate(bytes)
            return send(.down(Self.smallest), now)
        case .down(let bytes):
            if let bytes = another(bytes, time) { return send(.down(bytes), now) }
            quality.downBytesPerSecond = takeRate(bytes)
            self.step = nil
            return nil
        }
    }

    mutating func tick(at now: Duration) -> LinkProbe? {
        guard let step, now - sentAt > Self.patience else { return nil }
        return send(step, now)
    }

    /// The bytes of the next transfer the same way; nil: it is measured.
    private mutating func another(_ bytes: Int, _ time: Duration) -> Int? {
        if time < Self.enough, bytes < Self.largest { return bytes * 4 }
        transferTimes.append(time)
        return time < Self.enough && transferTimes.count < Self.transfers ? bytes : nil
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
    private mutating func takeRate(_ bytes: Int) -> Double {
        let time = transferTimes.min() ?? .zero
        transferTimes.removeAll()
        return Double(bytes) / max(max(time - trip, time / 10).inSeconds, 1e-9)
    }
}
