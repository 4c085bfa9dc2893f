/// Finds out that nothing moves: looked at with each tick, it remembers since when there was no progress.
struct StallDetector: Sendable {
    /// What is awaited, and how far the run has come.
    struct Mark: Hashable, Sendable {
        var awaited: Awaited
        var phase: ActiveRun.Phase.Rank
        /// Rises with each change of membership.
        var term: UInt32
        /// Messages and files of the order under way that are here.
        var arrived: Int

        /// Whether the run came further since then. It did not where a member was lost and is awaited now.
        func isProgress(since before: Mark) -> Bool {
            guard phase == before.phase else { return phase.rawValue > before.phase.rawValue }
            // While members come, or are to confirm something, there is progress when fewer are awaited.
            return phase == .running || awaited.from.count < before.awaited.from.count
        }
    }

    private var mark: Mark?
    private var since = Duration.zero
    private var isTold = false
    /// Something was told since the last progress.
    private var wasTold = false

    /// Nothing is said of shorter waits, nor of those that are as long as a few usual steps.
    private static let (least, steps) = (Duration.seconds(10), 4)

    /// - Parameters:
    ///   - mark: nil where nothing is awaited.
    ///   - step: what a step takes, if that is known.
    /// - Returns: what there is to tell: that it stalls, once for each thing that is awaited, and later that it moves again.
    mutating func look(at mark: Mark?, step: Duration?, _ now: Duration) -> BrokerNote? {
        if mark != self.mark {
            guard let before = self.mark, let mark, !mark.isProgress(since: before) else { return progress(to: mark, now) }
            if mark.awaited != before.awaited { isTold = false }
            self.mark = mark
        }
        guard let mark, !isTold, now - since >= max(Self.least, (step ?? .zero) * Self.steps) else { return nil }
        (isTold, wasTold) = (true, true)
        return .stalled(Stall(mark.awaited, seconds: (now - since).inSeconds))
    }

    private mutating func progress(to mark: Mark?, _ now: Duration) -> BrokerNote? {
        defer { (self.mark, since, isTold, wasTold) = (mark, now, false, false) }
        return wasTold ? .moving(afterSeconds: (now - since).inSeconds) : nil
    }

    /// How long there was no progress.
    func waited(at now: Duration) -> Duration? { mark.map { _ in max(.zero, now - since) } }
}

/// What a run waits for, and whom or what it is to come from, in words.
public struct Awaited: Codable, Hashable, Sendable {
    public var what: String
    public var from: [String]

    public init(what: String, from: [String]) {
        self.what = what
        self.from = from
    }
}

/// Nothing moves: what is awaited, from whom, since when.
public struct Stall: Codable, Hashable, Sendable {
    public var what: String
    public var from: [String]
    public var seconds: Double

    public init(_ awaited: Awaited, seconds: Double) {
        (what, from) = (awaited.what, awaited.from)
        self.seconds = seconds
    }
}
