import Foundation
import Logging
import OxbowModel
import OxbowProtocol
import OxbowTestSupport
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// What the broker holds is bounded by credits, also when a receiver does not read (docs/protocol.md, section 9).
@Suite struct BrokerMemoryTests {
    private static let edges = 4
    /// More than sockets take in between two processes.
    private static let bodyBytes = 4 << 20

    @Test func aReceiverThatDoesNotReadStopsItsSendersAtTheirCredits() throws {
        var fleet = NumericFleet()
        fleet.cuts = [Cuts](repeating: .minimal, count: Self.edges)
        let broker = try BrokerThread(fleet)
        let edges = try (0..<UInt32(Self.edges)).map { slot in
            try PlainMember(fleet.identity(.edge, slot), connect: broker.endpoint, nonce: UInt64(slot) + 1)
        }
        // Takes in one or two bodies at most, and its caller never asks for them.
        let core = try PlainMember(fleet.identity(.core, 0), connect: broker.endpoint, nonce: 100, receiveQueue: 1)
        try broker.wait("an order") {
            for member in edges + [core] { try member.attend() }
            return core.hasOrder && edges.allSatisfy(\.hasOrder)
        }
        let body = Message(copying: [UInt8](repeating: 1, count: Self.bodyBytes))
        func send(_ exchange: Exchange) throws {
            for (slot, edge) in edges.enumerated() {
                let key = ExchangeKey(
                    term: 1, round: 1, step: 0, exchange: exchange, direction: .up, slot: UInt32(slot))
                #expect(try edge.send(key, body.copy()) == .sent)
            }
        }
        try send(.generatorActivations)
        try send(.discriminatorActivations)
        // All have come once no more credits are left than the core's side took bodies.
        try broker.wait("the credits to be used up") {
            for edge in edges {
                try edge.send(.heartbeat(busy: false, round: 1, step: 0))
                try edge.attend()
            }
            return edges.reduce(0) { $0 + Int($1.credits) } <= 3
        }
        // On a busy machine the core's side may take one of each edge, so that a third is none too many; a fourth is.
        try send(.discriminatorGradients)
        try send(.generatorPassActivations)
        try broker.wait("a refusal") { broker.refusals.contains(.creditExceeded) }
        let (outcome, held, counters) = try broker.finish()
        #expect(outcome == .stopped(reason: "the test is over"))
        // The loss made void what still waited, and every message is accounted for.
        #expect(counters.dropped > 0 && counters.refused > 0, "\(counters)")
        #expect(counters.received == counters.forwarded + counters.refused, "\(counters)")
        #expect(counters.forwarded == counters.delivered + counters.dropped + UInt64(held.count), "\(counters)")
        let credits = 2 * Self.edges
        #expect(held.mostCount <= credits && held.mostBytes <= credits * Self.bodyBytes, "\(held)")
        // The core's side took no more than its queue, the one being read and the one being written.
        #expect(held.mostCount >= credits - 3, "\(held)")
    }
}

/// A broker on a thread of its own.
// Sendable: everything mutable is under the lock; the shell is used by the thread alone until that has ended.
private final class BrokerThread: @unchecked Sendable {
    private let stop: StopRequest
    private let folder: String
    private let condition = NSCondition()
    private var shell: BrokerShell?
    private var codes: [ErrorCode] = []
    private var outcome: Result<RunOutcome, any Error>?

    init(_ fleet: NumericFleet) throws {
        folder = FileManager.default.temporaryDirectory.path + "/oxbow-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        stop = try StopRequest()
        Thread { [self] in
            let result = Result { try serve(fleet) }
            condition.withLock { outcome = result }
        }.start()
        try wait("the broker") { condition.withLock { shell != nil || outcome != nil } }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var endpoint: String { condition.withLock { shell?.boundEndpoint ?? "" } }
    var refusals: [ErrorCode] { condition.withLock { codes } }

    private func serve(_ fleet: NumericFleet) throws -> RunOutcome {
        let shell = try BrokerShell(
            bind: "ipc://\(folder)/s", machine: BrokerMachine(fleet.settings()), runs: [fleet.run()], journal: nil, stop: stop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { [weak self] note in
            // The shell is kept here and keeps this closure.
            guard let self, case .refused(let code, _) = note else { return }
            condition.withLock { codes.append(code) }
        }
        condition.withLock { self.shell = shell }
        return try shell.run()
    }

    func wait(_ what: String, until condition: () throws -> Bool) throws {
        let deadline = Date().addingTimeInterval(30)
        while try !condition() {
            guard Date() < deadline else { throw RuntimeError(.peer, "\(what) did not come") }
            Thread.sleep(forTimeInterval: 0.002)
        }
    }

    func finish() throws -> (RunOutcome, BrokerShell.HeldBodies, RoutingCounters) {
        stop.request("the test is over")
        try wait("the broker's end") { condition.withLock { outcome != nil } }
        return try condition.withLock { (try outcome!.get(), shell!.held, shell!.counters) }
    }
}
