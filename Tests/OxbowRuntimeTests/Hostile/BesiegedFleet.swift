import Foundation
import Logging
import OxbowFleet
import OxbowModel
import OxbowSimulation
import OxbowTestSupport
import OxbowWire
import ZeroMQ

@testable import OxbowProtocol
@testable import OxbowRuntime

/// A broker that anybody may join, an honest fleet in it, and hostile peers around it, all over tcp.
///
/// The edges come first, so that their slots do not depend on strangers; then every hostile peer attacks at least once; then
/// the core comes and the run begins, while the attacks go on to its end.
// Sendable: everything mutable is behind the lock, but for the shell, which is the broker's thread's until that has ended.
final class BesiegedFleet: @unchecked Sendable {
    /// What there was of strangers in the broker, at the most.
    struct Extent: Sendable {
        var waitingBytes = 0
        var waitingMessages = 0
        var members = 0
        var connections = 0
        var endedConnections = 0
        /// Of the broker's end of connections, as the system counts them.
        var descriptors = 0
    }

    struct Outcome {
        var digests: [MemberDigest] = []
        var wasFinished = false
        var attacks: [String: Int] = [:]
        var refusals: Set<ErrorCode> = []
        var stored: [String] = []
        var extent = Extent()
        var requests = OperatorDesk.Counters()
        var seconds = 0.0
    }

    private let condition = NSCondition()
    private let fleet: NumericFleet
    private let peers: [HostilePeer]
    private let desk = OperatorDesk(keys: { [] }, service: FakeFleet())
    private let stop: StopRequest
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private var endpoint: String?
    private var joined = 0
    private var isOver = false
    private var threads = 0
    private var failures: [any Error] = []
    private var outcome = Outcome()
    private var memberStops: [StopRequest] = []

    /// A frame that is larger than anything of this fleet.
    static let largestBody = 1 << 20

    private let mostConnections: Int?
    private let sessionsAtOnce: Int?

    init(_ fleet: NumericFleet, _ peers: [HostilePeer], mostConnections: Int? = nil, sessionsAtOnce: Int? = nil) throws {
        (self.fleet, self.peers) = (fleet, peers)
        (self.mostConnections, self.sessionsAtOnce) = (mostConnections, sessionsAtOnce)
        stop = try StopRequest()
    }

    func run() throws -> Outcome {
        let start = Date()
        try besiege()
        outcome.seconds = Date().timeIntervalSince(start)
        return outcome
    }

    private func besiege() throws {
        start { [self] in try serve() }
        try wait("the broker") { endpoint != nil }
        for slot in fleet.cuts.indices { start { [self] in try join(.edge, UInt32(slot)) } }
        try wait("the edges") { joined == fleet.cuts.count }
        for (number, peer) in peers.enumerated() { start { [self] in try attack(peer, seed: UInt64(number)) } }
        try wait("every attack") { outcome.attacks.count == peers.count }
        start { [self] in try join(.core, 0) }
        try wait("the run's end") { isOver }
        condition.withLock { memberStops.forEach { $0.request("the test is over") } }
        try wait("members and peers to go") { threads == 1 }
        stop.request("the test is over")
        try wait("the broker's end") { threads == 0 }
    }

    // MARK: Threads

    private func start(_ body: @escaping @Sendable () throws -> Void) {
        condition.withLock { threads += 1 }
        Thread { [self] in
            var failure: (any Error)?
            do { try body() } catch { failure = error }
            condition.withLock {
                threads -= 1
                if let failure { failures.append(failure) }
                condition.broadcast()
            }
        }.start()
    }

    /// The deadline is for a broken program only.
    private func wait(_ what: String, until holds: () -> Bool) throws {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date().addingTimeInterval(300)
        while !holds() {
            if let failure = failures.first { throw failure }
            guard condition.wait(until: deadline) else { throw FleetError("\(what) did not come: \(outcome)") }
        }
    }

    private func serve() throws {
        var settings = fleet.settings()
        (settings.reservations, settings.servesOneRun) = ([], false)
        settings.sessionsAtOnce = sessionsAtOnce ?? settings.sessionsAtOnce
        var shell: BrokerShell?
        let broker = try BrokerShell(
            bind: "tcp://127.0.0.1:*", machine: BrokerMachine(settings), runs: [fleet.run()], largestBody: Self.largestBody,
            mostConnections: mostConnections, journal: nil, stop: stop, logger: logger, operators: desk,
            store: { [self] run, key, _ in condition.withLock { outcome.stored.append("\(run): \(key)") } },
            note: { [self] note in take(note, shell) })
        shell = broker
        defer { shell = nil }
        condition.withLock {
            endpoint = broker.boundEndpoint
            condition.broadcast()
        }
        _ = try broker.run()
        condition.withLock { outcome.requests = desk.counters }
    }

    private func take(_ note: BrokerNote, _ shell: BrokerShell?) {
        condition.lock()
        defer { condition.unlock() }
        if let shell { measure(shell) }
        switch note {
        case .joined(let member, _, "small", _) where member.role == .edge: joined += 1
        case .barrier(_, let digests, _): outcome.digests = digests
        case .refused(let code, _): outcome.refusals.insert(code)
        case .ended(let end): (isOver, outcome.wasFinished) = (true, end == .finished)
        default: break
        }
        condition.broadcast()
    }

    /// On the broker's thread.
    private func measure(_ shell: BrokerShell) {
        let waiting = shell.outboxes.values.joined()
        outcome.extent.waitingBytes = max(outcome.extent.waitingBytes, waiting.reduce(0) { $0 + $1.ownBytes })
        outcome.extent.waitingMessages = max(outcome.extent.waitingMessages, waiting.count)
        outcome.extent.members = max(outcome.extent.members, shell.machine.members.count)
        guard let connections = shell.connections?.extent else { return }
        outcome.extent.connections = max(outcome.extent.connections, connections.most)
        outcome.extent.endedConnections = connections.ended
        outcome.extent.descriptors = max(outcome.extent.descriptors, ConnectionFlood.descriptors(shell.boundEndpoint))
    }

    private func join(_ role: Role, _ slot: UInt32) throws {
        let stop = try StopRequest()
        let target = condition.withLock {
            memberStops.append(stop)
            return endpoint ?? ""
        }
        let store = MemoryStateStore()
        let shell = MemberShell(
            endpoint: target, machine: MemberMachine(fleet.identity(role, slot), nonce: UInt64.random(in: 1...9999)),
            performer: fleet.performer(role, slot, store, makeBody: FrameBody.factory), stop: stop, logger: logger)
        _ = try shell.run()
    }

    private func attack(_ peer: HostilePeer, seed: UInt64) throws {
        var attacker = HostilePeer.Attacker(endpoint: condition.withLock { endpoint ?? "" }, seed: seed)
        repeat {
            try peer.attack(&attacker)
            attacker.pass += 1
            condition.withLock {
                outcome.attacks[peer.name, default: 0] += 1
                condition.broadcast()
            }
        } while !condition.withLock { isOver }
    }
}
