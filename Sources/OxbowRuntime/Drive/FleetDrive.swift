import Foundation
import OxbowFleet
import OxbowProtocol
import OxbowTrace
import ZeroMQ

/// Many virtual members in this process against a live broker: a load test.
///
/// Members are dealt over some threads, each with its members' sockets.
public final class FleetDrive {
    public let statistics = DriveStatistics()
    private let groups: [DriveGroup]

    /// Members of one thread: each look at their sockets takes time, and they wait for each other.
    private static let groupSize = 64

    /// - Parameters:
    ///   - speed: how many times as fast as recorded; infinity: without pauses.
    ///   - run: whose kept bodies are sent, if it has any.
    /// - Throws: `TraceError` if kept bodies cannot be read.
    public init(
        _ parts: [DrivePart], connect endpoint: String, speed: Double, replaying run: RecordedRun, from path: String
    ) throws {
        DescriptorLimit.raise()
        let (context, statistics) = (Context(maxSockets: Int32(clamping: 2 * parts.count + 16)), statistics)
        var groups: [DriveGroup] = []
        for start in stride(from: 0, to: parts.count, by: Self.groupSize) {
            let bodies = StandInBodies(makeBody: FrameBody.factory)
            let recorded = try RecordedBodies(run, path)
            let members = parts[start..<min(start + Self.groupSize, parts.count)].map {
                VirtualMember(
                    $0, context, endpoint, bodies: bodies, recorded: recorded, speed: speed,
                    nonce: UInt64.random(in: 1...UInt64.max), statistics: statistics)
            }
            groups.append(DriveGroup(members))
        }
        self.groups = groups
    }

    public func start() { for group in groups { group.start() } }

    /// Asks all members to leave, and waits until they have, or for so long.
    public func stop(_ reason: String, patience: Duration) {
        for group in groups { group.stop(reason, patience: patience) }
        for group in groups { group.join() }
    }

    /// Why a thread ended before it was asked to; nil while all is well.
    public var failure: String? { groups.lazy.compactMap(\.failure).first }
}

/// The members of one thread.
// Sendable: members, poller and sockets are the thread's; the rest is behind `condition`.
final class DriveGroup: @unchecked Sendable {
    private let members: [VirtualMember]
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var poller = Poller()
    private var tokens: [(member: Int, lane: Lane, token: Poller.Token)] = []
    private let condition = NSCondition()
    private var leaving: (reason: String, patience: Duration)?
    private var isDone = false
    private var fault: String?

    private static let tick = Duration.milliseconds(200)

    init(_ members: [VirtualMember]) { (self.members, origin) = (members, clock.now) }

    func start() {
        let thread = Thread { [self] in
            do {
                try work()
            } catch {
                condition.withLock { fault = "\(error)" }
            }
            for member in members { member.close() }
            condition.withLock { isDone = true }
            condition.broadcast()
        }
        thread.name = "members"
        thread.start()
    }

    func stop(_ reason: String, patience: Duration) { condition.withLock { leaving = (reason, patience) } }

    func join() {
        condition.lock()
        while !isDone { condition.wait() }
        condition.unlock()
    }

    var failure: String? { condition.withLock { fault } }

    // MARK: The thread

    private var now: Duration { clock.now - origin }

    private func work() throws {
        for member in members { try member.start(at: now) }
        var nextTick = now + Self.tick
        var deadline: Duration?
        while members.contains(where: { $0.end == nil }), deadline.map({ now < $0 }) ?? true {
            wait(until: nextTick)
            for member in members where member.end == nil { try serve(member) }
            guard now >= nextTick else { continue }
            nextTick = now + Self.tick
            for member in members where member.end == nil { try member.handle(.tick, at: now) }
            if deadline == nil, let leaving = condition.withLock({ leaving }) {
                deadline = now + leaving.patience
                for member in members where member.end == nil { try member.handle(.stop(reason: leaving.reason), at: now) }
            }
        }
    }

    private func serve(_ member: VirtualMember) throws {
        for lane in Lane.allCases {
            member.flush(lane)
            while member.end == nil, let event = member.receive(lane, at: now) { try member.handle(event, at: now) }
        }
        while member.end == nil, let event = member.takeDone(at: now) { try member.handle(event, at: now) }
    }

    private func wait(until tick: Duration) {
        if members.contains(where: \.hasReconnected) { watchAnew() }
        for (index, lane, token) in tokens {
            poller.watch(token, for: members[index].isWaitingToSend(lane) ? [.readable, .writable] : .readable)
        }
        let due = members.lazy.compactMap { $0.end == nil ? $0.nextDue : nil }.min() ?? tick
        poller.wait(max(.zero, min(due, tick) - now))
    }

    private func watchAnew() {
        poller = Poller()
        tokens.removeAll()
        for (index, member) in members.enumerated() {
            member.hasReconnected = false
            guard member.end == nil else { continue }
            for lane in Lane.allCases {
                if let socket = member.sockets[lane] { tokens.append((index, lane, poller.add(socket))) }
            }
        }
    }
}
