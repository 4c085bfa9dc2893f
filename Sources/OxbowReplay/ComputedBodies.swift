import OxbowFleet
import OxbowProtocol
import OxbowTrace
import OxbowWire

/// Bodies that were computed here, until the broker passed them on or went on without them.
struct ComputedBodies {
    private struct Entry {
        /// nil once it was passed on.
        var body: (any ByteBody)?
        var byteCount: Int
        var hash: [UInt8]
        var order: Int
        var isCounted = false

        var heldBytes: Int { body == nil ? 0 : byteCount }
    }

    private var entries: [ExchangeKey: Entry] = [:]
    /// How many orders there were.
    private(set) var order = 0
    private var position: OrderPosition?
    /// Bytes of those that wait to be passed on.
    private(set) var heldBytes = 0

    /// A body is of the order under way, or an answer that completes the one before; a margin costs little.
    private static let keptOrders = 4

    /// Whether what came at this order may still be passed on.
    func isUnderWay(_ order: Int) -> Bool { order > self.order - Self.keptOrders }

    mutating func add(_ key: ExchangeKey, _ body: any ByteBody) {
        heldBytes += body.byteCount - (entries[key]?.heldBytes ?? 0)
        entries[key] = Entry(
            body: body, byteCount: body.byteCount, hash: body.withBytes { TraceHash($0).bytes }, order: order)
    }

    /// The broker gave an order: what is of an order long before it is not passed on any more.
    mutating func ordered(_ new: StepControl) {
        let new = OrderPosition(new)
        guard new != position else { return }
        position = new
        order += 1
        for (key, entry) in entries where !isUnderWay(entry.order) {
            heldBytes -= entry.heldBytes
            entries[key] = nil
        }
    }

    /// - Returns: what the recorded body is compared with: length and hash; nil if none of this key is here.
    func facts(_ key: ExchangeKey) -> BodyFacts? {
        entries[key].map { BodyFacts(byteCount: UInt64($0.byteCount), hash: $0.hash) }
    }

    /// Whether it was given away: another one of this key has no effect.
    func isPassed(_ key: ExchangeKey) -> Bool { entries[key].map { $0.body == nil } ?? false }

    /// Gives a body away; nil if it is not here or was given away.
    mutating func pass(_ key: ExchangeKey) -> (any ByteBody)? {
        guard let entry = entries[key] else { return nil }
        heldBytes -= entry.heldBytes
        entries[key]?.body = nil
        return entry.body
    }

    /// True the first time.
    mutating func count(_ key: ExchangeKey) -> Bool {
        guard entries[key]?.isCounted == false else { return false }
        entries[key]?.isCounted = true
        return true
    }
}

/// What is compared of a body.
struct BodyFacts: Hashable {
    var byteCount: UInt64
    /// XXH3-128.
    var hash: [UInt8]

    init(byteCount: UInt64, hash: [UInt8]) { (self.byteCount, self.hash) = (byteCount, hash) }

    init(_ message: TraceMessage) { self.init(byteCount: message.bodyLength, hash: message.bodyHash) }

    var words: String { "\(byteCount) bytes, XXH3 \(hash.hexadecimal)" }
}

extension [UInt8] {
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
