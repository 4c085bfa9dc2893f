import OxbowProtocol

/// An order and the bulk messages that belong to it.
struct OrderUnderWay {
    struct Passing {
        var received_ns: UInt64
        var sent_ns: UInt64?
        var byteCount: UInt64
    }

    /// One exchange: who was last, and what it moved.
    struct Progress {
        var ups = 0
        var downs = 0
        var lastUp: ExchangeKey?
        var lastDown: ExchangeKey?
        var byteCount: UInt64 = 0
    }

    let order: StepControl
    let at_ns: UInt64
    private let members: Set<UInt32>
    let exchanges: [Exchange]
    private(set) var passings: [ExchangeKey: Passing] = [:]
    private(set) var progress: [Exchange: Progress] = [:]
    var lastSaved: MemberID?

    init(_ order: StepControl, at_ns: UInt64) {
        (self.order, self.at_ns) = (order, at_ns)
        members = Set(order.members)
        exchanges = Self.exchanges(order.next)
    }

    /// In the order in which they happen (docs/protocol.md, section 6).
    private static func exchanges(_ next: StepControl.Next) -> [Exchange] {
        switch next {
        case .half(let half, let regenerate):
            switch half.half {
            case .discriminator: [.generatorActivations, .discriminatorActivations, .discriminatorGradients]
            case .generator:
                (regenerate ? [.generatorActivations] : [])
                    + [.generatorPassActivations, .generatorPassGradients, .generatorGradients]
            }
        case .barrier: [.modelDeltas]
        case .pause, .rest, .finish: []
        }
    }

    /// Takes a message that belongs to this order and is the first of its key, as the broker does.
    mutating func receive(_ key: ExchangeKey, byteCount: UInt64, at_ns: UInt64) -> Bool {
        guard isExpected(key), passings[key] == nil else { return false }
        passings[key] = Passing(received_ns: at_ns, byteCount: byteCount)
        var exchange = progress[key.exchange] ?? Progress()
        exchange.byteCount += byteCount
        switch key.direction {
        case .up: (exchange.ups, exchange.lastUp) = (exchange.ups + 1, key)
        case .down: (exchange.downs, exchange.lastDown) = (exchange.downs + 1, key)
        }
        progress[key.exchange] = exchange
        return true
    }

    private func isExpected(_ key: ExchangeKey) -> Bool {
        guard key.term == order.term, members.contains(key.slot), exchanges.contains(key.exchange) else { return false }
        return switch order.next {
        case .half(let half, _): key.round == half.round && key.step == half.step
        case .barrier(let round): key.round == round
        case .pause, .rest, .finish: false
        }
    }

    mutating func sent(_ key: ExchangeKey, at_ns: UInt64) { passings[key]?.sent_ns = at_ns }

    func hasAllUps(_ exchange: Exchange) -> Bool { progress[exchange]?.ups == members.count }
    func hasAllDowns(_ exchange: Exchange) -> Bool { progress[exchange]?.downs == members.count }

    func exchange(before exchange: Exchange) -> Exchange? {
        guard let index = exchanges.firstIndex(of: exchange), index > 0 else { return nil }
        return exchanges[index - 1]
    }

    func key(_ exchange: Exchange, _ direction: Direction, _ slot: UInt32) -> ExchangeKey? {
        guard var key = progress[exchange]?.lastUp else { return nil }
        (key.direction, key.slot) = (direction, slot)
        return key
    }
}
