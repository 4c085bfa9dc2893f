import Foundation
import Logging
import OxbowFleet
import OxbowProtocol
import OxbowTestSupport
import OxbowWire
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// A member on a link over which a body takes forever, before a broker that the test plays.
@Suite struct SlowLinkTests {
    @Test func heartbeatsGoOnWhileABodyIsOnItsWay() throws {
        let broker = try Socket(Context(), .router)
        let endpoint = try broker.bind("tcp://127.0.0.1:*")
        let stop = try StopRequest()
        let member = SlowMember(endpoint, stop)
        defer { stop.request("the test is over") }

        let control = try broker.next { if case .hello(let hello) = $0 { hello.lane == .control } else { false } }
        let welcome = Welcome(
            version: 1, member: .edge(0), sessionEpoch: 1, credits: 4, heartbeat_ms: 10, lease_ms: 600_000)
        try broker.send(.welcome(welcome), to: control)
        let bulk = try broker.next { if case .hello(let hello) = $0 { hello.lane == .bulk } else { false } }
        let key = ExchangeKey(
            term: 1, round: 1, step: 0, exchange: .generatorActivations, direction: .down, slot: 0)
        let envelope = Envelope(sender: .edge(0), sessionEpoch: 1, content: .bulk(key))
        let body = [
            Message(copying: bulk), Message(copying: try EnvelopeCodec.encode(envelope)), Message(byteCount: 1 << 20),
        ]
        #expect(broker.send(body) == .sent)
        for _ in 0..<5 { _ = try broker.next { if case .heartbeat = $0 { true } else { false } } }
        stop.request("enough")
        _ = try broker.next { if case .goodbye = $0 { true } else { false } }
        #expect(try member.end() == .stopped(reason: "enough"))
    }
}

/// On a thread of its own.
// Sendable: the result is behind the condition.
private final class SlowMember: @unchecked Sendable {
    private let condition = NSCondition()
    private var result: Result<MemberEnd, any Error>?

    init(_ endpoint: String, _ stop: StopRequest) {
        Thread { [self] in
            let fleet = NumericFleet()
            let shell = MemberShell(
                endpoint: endpoint, machine: MemberMachine(fleet.identity(.edge, 0), nonce: 7),
                performer: fleet.performer(.edge, 0, MemoryStateStore()), stop: stop,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                link: EmulatedLink(bytesPerSecond: 1, latency: .zero))
            let end = Result { try shell.run() }
            condition.withLock { result = end }
            condition.broadcast()
        }.start()
    }

    func end() throws -> MemberEnd {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date().addingTimeInterval(60)
        while result == nil {
            guard condition.wait(until: deadline) else { throw PlayedBrokerFailure(text: "the member did not end") }
        }
        return try result!.get()
    }
}

private struct PlayedBrokerFailure: Error { var text: String }

extension Socket {
    /// Receives until a control message is the one; returns its sender's routing id.
    fileprivate func next(_ isIt: (ControlMessage) -> Bool) throws -> [UInt8] {
        var poller = Poller()
        _ = poller.add(self)
        while poller.wait(.seconds(60)) > 0 {
            while let received = receive(maxFrames: 3) {
                let message = try received.frames[2].withBytes { try ControlCodec.decode($0) }
                if isIt(message) { return received.frames[0].copyBytes() }
            }
        }
        throw PlayedBrokerFailure(text: "nothing came")
    }

    fileprivate func send(_ message: ControlMessage, to peer: [UInt8]) throws {
        let envelope = Envelope(content: .control)
        let frames = [
            Message(copying: peer), Message(copying: try EnvelopeCodec.encode(envelope)),
            Message(copying: try ControlCodec.encode(message)),
        ]
        guard send(frames) == .sent else { throw PlayedBrokerFailure(text: "not sent") }
    }
}
