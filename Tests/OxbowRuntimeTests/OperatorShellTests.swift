import Foundation
import Logging
import OxbowProtocol
import OxbowTestSupport
import OxbowWire
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// Operators and members at one broker over real sockets.
@Suite struct OperatorShellTests {
    /// Calls with the broker's endpoint while it serves, then stops it.
    private func withBroker(_ desk: OperatorDesk, _ body: (String) throws -> Void) throws {
        let broker = ServedBroker(try StopRequest(), desk)
        let endpoint = broker.start()
        defer { broker.finish() }
        try body(endpoint)
    }

    @Test func anOperatorSteersOverTCP() throws {
        let key = OperatorKey()
        try withBroker(OperatorDesk(keys: { [key] in [key] }, service: FakeFleet())) { endpoint in
            let client = try OperatorClient(connect: endpoint, key: key, patience: .seconds(30))
            #expect(try client.ask(.list, for: [RunSummary].self).map(\.id) == ["base"])
            #expect(try client.ask(.fetch(run: "base", file: "x", offset: 0, mostBytes: 7)).content.count == 7)
            let error = #expect(throws: OperatorRefusal.self) { try client.ask(.files(run: "none")) }
            #expect(error?.code == .unknownRun)
            #expect(try client.ask(.status, for: FleetStatus.self).runs.isEmpty)
            let stranger = try OperatorClient(connect: endpoint, key: OperatorKey(), patience: .seconds(30))
            let refusal = #expect(throws: OperatorRefusal.self) { try stranger.ask(.list) }
            #expect(refusal?.code == .refused)
        }
    }

    /// A session of a worker is no proof.
    @Test func aWorkerCannotDoWhatAnOperatorCan() throws {
        let (key, fleet) = (OperatorKey(), NumericFleet())
        let desk = OperatorDesk(keys: { [key] in [key] }, service: FakeFleet())
        try withBroker(desk) { endpoint in
            let worker = try PlainMember(fleet.identity(.edge, 0), connect: endpoint, nonce: 1)
            let welcome = try #require(worker.welcome)
            for command in [OperatorCommand.list, .stop(run: "base", reason: "")] {
                let socket = try Socket(Context(), .dealer)
                try socket.connect(endpoint)
                let envelope = Envelope(sender: welcome.member, sessionEpoch: welcome.sessionEpoch, content: .operator)
                let request = OperatorRequest(
                    challenge: [UInt8](repeating: 0, count: 32), mac: [UInt8](repeating: 0, count: 32),
                    command: try OperatorCodec.encode(command))
                let frames = [
                    Message(copying: try EnvelopeCodec.encode(envelope)), Message(copying: try OperatorCodec.encode(request)),
                ]
                #expect(socket.send(frames) == .sent)
                var poller = Poller()
                _ = poller.add(socket)
                poller.wait(.seconds(30))
                let answer = try #require(socket.receive(maxFrames: 2))
                let reply = try answer.frames[1].withBytes { try OperatorCodec.decodeReply($0) }
                #expect(reply.code == .refused && reply.content.isEmpty)
            }
        }
        #expect(desk.counters.answered == 0)
    }

    @Test func aBrokerThatIsNotThereIsSaid() throws {
        let client = try OperatorClient(connect: "tcp://127.0.0.1:9", key: OperatorKey(), patience: .milliseconds(50))
        let error = try #require(throws: RuntimeError.self) { try client.ask(.list) }
        #expect(error.kind == .network && "\(error)".contains("no broker answered"))
    }
}

/// A broker on a thread of its own, which makes its sockets too.
// Sendable: the endpoint is written before the first signal and read after it; the desk is the thread's until the second.
private final class ServedBroker: @unchecked Sendable {
    private let stop: StopRequest
    private let desk: OperatorDesk
    private let bound = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private var endpoint = ""

    init(_ stop: StopRequest, _ desk: OperatorDesk) { (self.stop, self.desk) = (stop, desk) }

    func start() -> String {
        Thread { [self] in
            defer {
                bound.signal()
                ended.signal()
            }
            do { try serve() } catch { Issue.record(error) }
        }.start()
        bound.wait()
        return endpoint
    }

    private func serve() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let shell = try BrokerShell(
            bind: "tcp://127.0.0.1:*", machine: BrokerMachine(NumericFleet().settings()), journal: nil, stop: stop,
            logger: logger, operators: desk, note: { _ in })
        endpoint = shell.boundEndpoint
        bound.signal()
        _ = try shell.run()
    }

    func finish() {
        stop.request("the test is over")
        ended.wait()
    }
}
