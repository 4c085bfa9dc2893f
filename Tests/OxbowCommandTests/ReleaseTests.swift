import Foundation
import OxbowProtocol
import OxbowWire
import Testing
import ZeroMQ

/// Releases with no common version of the protocol, one of each pair a real process.
@Suite(.serialized) final class ReleaseTests {
    private let folder: TemporaryFolder
    private var processes: [Oxbow.Running] = []

    init() throws { folder = try TemporaryFolder() }
    deinit { for process in processes { process.signal(SIGKILL) } }

    private func message(_ envelope: Envelope, _ body: ControlMessage) throws -> [Message] {
        [Message(copying: try EnvelopeCodec.encode(envelope)), Message(copying: try ControlCodec.encode(body))]
    }

    private func receive(_ socket: Socket, frames: Int) throws -> [Message] {
        var poller = Poller()
        _ = poller.add(socket)
        poller.wait(.seconds(60))
        return try #require(socket.receive(maxFrames: frames)).frames
    }

    /// A worker that was upgraded before its broker: refused, while the fleet goes on.
    @Test func aWorkerThatIsNewerThanItsBrokerIsRefused() throws {
        let (broker, endpoint) = try Oxbow.startBroker(["--state", folder.path + "/state"])
        processes.append(broker)
        let socket = try Socket(Context(), .dealer)
        try socket.connect(endpoint)
        let hello = Hello(
            lowestVersion: ProtocolVersion.highest + 1, highestVersion: ProtocolVersion.highest + 2, workerID: "new", role: .edge,
            tier: "small", lane: .control, nonce: 1)
        #expect(socket.send(try message(Envelope(version: hello.highestVersion, content: .control), .hello(hello))) == .sent)
        let answer = try receive(socket, frames: 2)
        guard case .error(.versionMismatch, let text) = try answer[1].withBytes({ try ControlCodec.decode($0) }) else {
            Issue.record("another answer")
            return
        }
        #expect(
            text.contains("protocol versions \(hello.lowestVersion) to \(hello.highestVersion)")
                && text.contains("Upgrade the broker first"), "\(text)")
        #expect(broker.wait { $0.errors.contains("versionMismatch") && $0.errors.contains("'new'") }, "\(broker.errors)")
        #expect(broker.process.isRunning)
    }

    /// A broker that dropped the worker's version, and one that answers as if the worker spoke another.
    @Test(arguments: [true, false]) func aWorkerThatIsOlderThanItsBrokerEnds(_ isTold: Bool) throws {
        let socket = try Socket(Context(), .router)
        let endpoint = try socket.bind("tcp://127.0.0.1:*")
        let worker = try Oxbow.start(["worker", "--role", "core", "--insecure", "--connect", endpoint])
        processes.append(worker)
        let frames = try receive(socket, frames: 3)
        guard case .hello(let hello) = try frames[2].withBytes({ try ControlCodec.decode($0) }) else {
            Issue.record("no hello")
            return
        }
        #expect(hello.lowestVersion == 1 && hello.highestVersion == ProtocolVersion.highest)
        let refusal = "This broker speaks protocol version 9. Upgrade this core to the broker's release."
        let welcome = Welcome(
            version: 9, member: .core(), sessionEpoch: 1, credits: 2, heartbeat_ms: 1000, lease_ms: 10_000, probesLink: false)
        let answer = isTold ? ControlMessage.error(.versionMismatch, message: refusal) : .welcome(welcome)
        #expect(socket.send([frames[0]] + (try message(Envelope(version: 9, content: .control), answer))) == .sent)
        if !worker.wait(until: { !$0.process.isRunning }) { worker.signal(SIGKILL) }
        let result = worker.finish()
        #expect(result.code == 6, "\(result.errors)")
        let words =
            isTold
            ? refusal
            : "in protocol version 9, this core speaks protocol versions 1 to \(ProtocolVersion.highest). Install the same release"
        #expect(result.sentence.contains("The broker refused: ") && result.sentence.contains(words), "\(result.errors)")
    }
}
