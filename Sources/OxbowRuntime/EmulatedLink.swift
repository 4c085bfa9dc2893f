import OxbowScheduling

/// A link as an emulated machine has it: each way so many bytes a second, and a latency.
public struct EmulatedLink: Hashable, Sendable {
    public var bytesPerSecond: Double
    /// One way.
    public var latency: Duration

    public init(bytesPerSecond: Double, latency: Duration) {
        self.bytesPerSecond = bytesPerSecond
        self.latency = latency
    }

    public init(_ device: Device) {
        self.init(bytesPerSecond: device.bytesPerSecond, latency: .seconds(device.latencySeconds))
    }
}

/// Messages on their way over an emulated link, in order: each arrives when its bytes have passed, and a latency later.
struct PacedQueue<Item> {
    private var bucket: TokenBucket
    private let latency: Duration
    private var waiting: [(arrival: Duration, item: Item)] = []
    /// When the bytes of all messages have passed.
    private var passed = Duration.zero

    init(_ link: EmulatedLink) {
        bucket = TokenBucket(bytesPerSecond: link.bytesPerSecond)
        latency = link.latency
    }

    mutating func add(_ item: Item, bytes: Int, at now: Duration) {
        passed = bucket.take(bytes, at: now)
        waiting.append((passed + latency, item))
    }

    /// Takes out what has arrived.
    mutating func arrived(at now: Duration) -> [Item] {
        let count = waiting.prefix { $0.arrival <= now }.count
        defer { waiting.removeFirst(count) }
        return waiting.prefix(count).map(\.item)
    }

    /// Whether bytes are still passing: the next message has to wait outside.
    func isBusy(at now: Duration) -> Bool { passed > now }

    /// When something changes next; nil if nothing is under way.
    func nextChange(after now: Duration) -> Duration? {
        let arrival = waiting.first?.arrival
        return passed > now ? min(passed, arrival ?? passed) : arrival
    }

    mutating func removeAll() { waiting.removeAll() }
}

/// Both ways of a member's emulated link.
struct PacedLink<Item> {
    var up: PacedQueue<Item>
    var down: PacedQueue<Item>

    init(_ link: EmulatedLink) {
        up = PacedQueue(link)
        down = PacedQueue(link)
    }

    func nextChange(after now: Duration) -> Duration? {
        [up.nextChange(after: now), down.nextChange(after: now)].compactMap(\.self).min()
    }

    mutating func removeAll() {
        up.removeAll()
        down.removeAll()
    }
}
