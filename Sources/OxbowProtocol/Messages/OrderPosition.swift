/// Where in a run an order stands. The broker's orders rise strictly, so a repeated or late one is told by comparison.
public struct OrderPosition: Hashable, Comparable, Sendable {
    public var term: UInt32 = 0
    var round: UInt32 = 0
    var step: UInt32 = 0
    var phase: UInt8 = 0

    public init() {}

    public init(_ order: StepControl) {
        term = order.term
        switch order.next {
        case .half(let half, _):
            (round, step, phase) = (half.round, half.step, half.half == .discriminator ? 1 : 2)
        case .barrier(let barrier): (round, step, phase) = (barrier, .max, 3)
        case .rest: (round, step, phase) = (.max, .max, 4)
        case .finish: (round, step, phase) = (.max, .max, 5)
        case .pause: break
        }
    }

    public static func < (a: OrderPosition, b: OrderPosition) -> Bool {
        (a.term, a.round, a.step, a.phase) < (b.term, b.round, b.step, b.phase)
    }
}
