import Synchronization

/// Whether the broker's loop turns, and whether it can take decisions.
final class BrokerHealth: Sendable {
    private struct State {
        var turned = ContinuousClock.now
        /// The loop has turned at least once.
        var serves = false
        var unwritable: String?
    }

    private let state = Mutex(State())
    /// The broker's loop turns five times a second; before the first time it may wait for another broker's journal.
    private let mostSilent: Duration
    private let mostPreparing: Duration

    init(mostSilent: Duration = .seconds(10), mostPreparing: Duration = .seconds(120)) {
        (self.mostSilent, self.mostPreparing) = (mostSilent, mostPreparing)
    }

    func turned(unwritable reason: String?) {
        state.withLock { $0 = State(serves: true, unwritable: reason) }
    }

    /// Why the broker's loop does not turn; nil while it does.
    var stuck: String? { stuck(state.withLock { $0 }) }

    private func stuck(_ state: State) -> String? {
        let silent = ContinuousClock.now - state.turned
        guard silent > (state.serves ? mostSilent : mostPreparing) else { return nil }
        return "the broker's loop has not turned for \(silent.components.seconds) s"
    }

    /// Why no decision can be taken; nil while one can.
    var unready: String? {
        let state = state.withLock { $0 }
        if let stuck = stuck(state) { return stuck }
        guard state.serves else { return "the broker does not serve yet" }
        return state.unwritable.map { "the journal cannot be written: \($0)" }
    }
}
