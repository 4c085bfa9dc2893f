import Foundation
import Logging
import OxbowFleet
import OxbowModel
import OxbowProtocol
import OxbowSimulation
import OxbowTestSupport
import OxbowWire
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// The same state machines over ZeroMQ, in threads of this process: equal bits to the virtual network.
@Suite struct ShellFleetTests {
    @Test(arguments: ["ipc", "tcp"]) func aFleetOverZeroMQEndsWithTheBitsOfTheSimulation(transport: String) throws {
        let fleet = NumericFleet()
        let expected = StateDigest.stateHash(fleet.simulate(0, .none).digests)
        let folder = FileManager.default.temporaryDirectory.path + "/oxbow-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let endpoint = transport == "ipc" ? "ipc://\(folder)/s" : "tcp://127.0.0.1:*"
        let run = ShellFleet(fleet, endpoint: endpoint)
        let outcome = try run.finish()
        #expect(outcome.run == .finished)
        #expect(StateDigest.stateHash(outcome.digests) == expected)
        #expect(outcome.ends == [MemberEnd](repeating: .finished, count: 4))
    }

    /// Slow links change when things happen, not what.
    @Test func aFleetOverEmulatedLinksEndsWithTheSameBits() throws {
        let fleet = NumericFleet(rounds: 2)
        let expected = StateDigest.stateHash(fleet.simulate(0, .none).digests)
        let link = EmulatedLink(bytesPerSecond: 20e6, latency: .microseconds(300))
        let outcome = try ShellFleet(fleet, endpoint: "tcp://127.0.0.1:*", link: link).finish()
        #expect(outcome.run == .finished)
        #expect(StateDigest.stateHash(outcome.digests) == expected)
    }

    /// A peer of another release, over a real socket.
    @Test func aPeerOfAnotherVersionIsToldAndTheBrokerGoesOn() throws {
        let stop = try StopRequest()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let broker = try BrokerShell(
            bind: "tcp://127.0.0.1:*", machine: BrokerMachine(NumericFleet().settings()), runs: [NumericFleet().run()],
            journal: nil, stop: stop,
            logger: logger, note: { note in if case .refused = note { stop.request("seen") } })
        let socket = try Socket(Context(), .dealer)
        try socket.connect(broker.boundEndpoint)
        let hello = Hello(
            lowestVersion: 40, highestVersion: 41, workerID: "future", role: .edge, tier: "small", lane: .control, nonce: 1)
        let frames = [
            Message(copying: try EnvelopeCodec.encode(Envelope(content: .control))),
            Message(copying: try ControlCodec.encode(.hello(hello))),
        ]
        #expect(socket.send(frames) == .sent)
        #expect(try broker.run() == .stopped(reason: "seen"))
        var poller = Poller()
        _ = poller.add(socket)
        poller.wait(.seconds(30))
        let answer = try #require(socket.receive(maxFrames: 2))
        let message = try answer.frames[1].withBytes { try ControlCodec.decode($0) }
        guard case .error(.versionMismatch, let text) = message else {
            Issue.record("\(message)")
            return
        }
        #expect(text.contains("40 to 41"))
    }

    @Test func aPortInUseIsSaid() throws {
        let stop = try StopRequest()
        let machine = BrokerMachine(NumericFleet().settings())
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let first = try BrokerShell(
            bind: "tcp://127.0.0.1:*", machine: machine, journal: nil, stop: stop, logger: logger, note: { _ in })
        #expect(throws: (any Error).self) {
            _ = try BrokerShell(
                bind: first.boundEndpoint, machine: machine, journal: nil, stop: stop, logger: logger, note: { _ in })
        }
    }
}

/// Broker, core and edges on threads of their own.
// Sendable: results are behind the lock; everything else is fixed before the threads start.
final class ShellFleet: @unchecked Sendable {
    private let condition = NSCondition()
    private var endpoint: String?
    private var digests: [MemberDigest] = []
    private var ends: [MemberEnd] = []
    private var run: RunOutcome?
    private var failures: [any Error] = []
    private let fleet: NumericFleet
    private let link: EmulatedLink?
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(_ fleet: NumericFleet, endpoint: String, link: EmulatedLink? = nil) {
        self.fleet = fleet
        self.link = link
        start { [self] in try serve(endpoint) }
        for slot in fleet.cuts.indices { start { [self] in try join(.edge, UInt32(slot)) } }
        start { [self] in try join(.core, 0) }
    }

    /// - Throws: what a thread threw, or if the fleet does not come to its end within a minute.
    func finish() throws -> (run: RunOutcome?, digests: [MemberDigest], ends: [MemberEnd]) {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date().addingTimeInterval(60)
        while failures.isEmpty, run == nil || ends.count < fleet.cuts.count + 1 {
            guard condition.wait(until: deadline) else { throw FleetError("the fleet did not end: \(ends)") }
        }
        if let failure = failures.first { throw failure }
        return (run, digests, ends)
    }

    private func start(_ body: @escaping @Sendable () throws -> Void) {
        Thread { [self] in
            do { try body() } catch { condition.withLock { failures.append(error) } }
            condition.broadcast()
        }.start()
    }

    private func serve(_ endpoint: String) throws {
        let shell = try BrokerShell(
            bind: endpoint, machine: BrokerMachine(fleet.settings()), runs: [fleet.run()], journal: nil, stop: StopRequest(),
            logger: logger
        ) { [self] note in
            if case .barrier(_, let digests, _) = note { condition.withLock { self.digests = digests } }
        }
        condition.withLock { self.endpoint = shell.boundEndpoint }
        condition.broadcast()
        let outcome = try shell.run()
        condition.withLock { run = outcome }
    }

    private func join(_ role: Role, _ slot: UInt32) throws {
        condition.lock()
        while endpoint == nil, failures.isEmpty { condition.wait() }
        let target = endpoint ?? ""
        condition.unlock()
        let store = MemoryStateStore()
        let shell = MemberShell(
            endpoint: target, machine: MemberMachine(fleet.identity(role, slot), nonce: UInt64.random(in: 1...9999)),
            performer: fleet.performer(role, slot, store, makeBody: FrameBody.factory), stop: try StopRequest(),
            logger: logger, link: link)
        let end = try shell.run()
        condition.withLock { ends.append(end) }
    }
}
