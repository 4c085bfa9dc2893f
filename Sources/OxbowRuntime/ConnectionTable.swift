/// Who is connected, and who has to go when there are too many: the stranger that came first.
///
/// A pure value: `now` is time since any fixed origin and never goes back.
struct ConnectionTable {
    /// A connection that is to be ended.
    struct Victim: Hashable {
        var fileDescriptor: Int32
        /// Tells whether the descriptor is still this connection's.
        var cookie: UInt64
    }

    private struct Connection {
        var cookie: UInt64
        /// Counts up.
        var arrival: UInt64
        /// When it was last heard as a member's.
        var heard: Duration?
    }

    let limit: Int
    /// How long a connection counts as a member's after it was heard as one.
    let lease: Duration
    private(set) var most = 0
    private(set) var ended = 0
    private var connections: [Int32: Connection] = [:]
    private var arrivals: UInt64 = 0
    /// In the order of arrival; members move to the end when their turn comes. Those that went are left in until they are many.
    private var order: [(fileDescriptor: Int32, arrival: UInt64)] = []
    private var next = 0

    init(limit: Int, lease: Duration) {
        precondition(limit > 0, "a limit of \(limit) connections")
        (self.limit, self.lease) = (limit, lease)
    }

    var count: Int { connections.count }
    /// Also of connections that went.
    var rememberedArrivals: Int { order.count }

    /// - Returns: whom to end for it, if there are too many now.
    mutating func accepted(_ fileDescriptor: Int32, cookie: UInt64, at now: Duration) -> Victim? {
        arrivals += 1
        connections[fileDescriptor] = Connection(cookie: cookie, arrival: arrivals)
        order.append((fileDescriptor, arrivals))
        most = max(most, count)
        tidy()
        return count > limit ? surplus(at: now) : nil
    }

    mutating func closed(_ fileDescriptor: Int32) { connections[fileDescriptor] = nil }

    /// A message came over it, and it is a member's.
    mutating func heard(_ fileDescriptor: Int32, at now: Duration) { connections[fileDescriptor]?.heard = now }

    /// The first stranger; where all are members, the newest of all.
    private mutating func surplus(at now: Duration) -> Victim? {
        for _ in 0..<(order.count - next) {
            let candidate = order[next]
            next += 1
            guard let connection = connections[candidate.fileDescriptor], connection.arrival == candidate.arrival else {
                continue
            }
            let isMember = connection.heard.map { now - $0 < lease } ?? false
            let isLast = candidate.arrival == arrivals
            if !isMember, !isLast { return end(candidate.fileDescriptor, connection) }
            order.append(candidate)
        }
        guard let newest = connections.first(where: { $0.value.arrival == arrivals }) else { return nil }
        return end(newest.key, newest.value)
    }

    private mutating func end(_ fileDescriptor: Int32, _ connection: Connection) -> Victim {
        connections[fileDescriptor] = nil
        ended += 1
        return Victim(fileDescriptor: fileDescriptor, cookie: connection.cookie)
    }

    private mutating func tidy() {
        guard order.count > 2 * count + 1024 else { return }
        order = order[next...].filter { connections[$0.fileDescriptor]?.arrival == $0.arrival }
        next = 0
    }
}
