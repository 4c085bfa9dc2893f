import Foundation
import OxbowProtocol
import OxbowWire
import Testing
import ZeroMQ

/// A broker's own memory, as the system counts it, while strangers do what costs it most.
@Suite(.serialized) final class HostileBrokerTests {
    /// What the broker's process may have taken at its peak: its programs and libraries take about 40 MiB.
    private static let peakLimit_bytes = 192 << 20

    private let folder: TemporaryFolder
    private let broker: Oxbow.Running
    private let endpoint: String
    private let key: String

    init() throws {
        folder = try TemporaryFolder()
        key = folder.path + "/state/operator.key"
        (broker, endpoint) = try Oxbow.startBroker(["--state", folder.path + "/state"])
    }

    deinit { broker.signal(SIGKILL) }

    @Test func floodsLeaveTheBrokerSmallAndServing() throws {
        var sockets: [Socket] = []
        for number in 0..<20 {
            // Takes nothing in: every answer stays in the broker.
            let deaf = try connection(receiveQueue: 1)
            try flood(deaf, number)
            sockets.append(deaf)
        }
        // A broker that answers an operator has heard what was sent before: it takes turns between connections.
        let result = try Oxbow.run(["ls", "--connect", endpoint, "--insecure", "--key", key, "--timeout", "60"])
        #expect(result.code == 0 && result.output == "no runs\n", "\(result.errors)")
        let peak = try #require(peakBytes())
        #expect(peak < Self.peakLimit_bytes, "\(peak >> 20) MiB at the peak")
        #expect(broker.errors.utf8.count < 1 << 20, "strangers filled the log: \(broker.errors.utf8.count) bytes")
        withExtendedLifetime(sockets) {}
    }

    /// Names with as many tags as there may be, messages of 10,000 frames, of no sense, of operators without key.
    private func flood(_ socket: Socket, _ number: Int) throws {
        let control = try EnvelopeCodec.encode(Envelope(content: .control))
        let operators = try EnvelopeCodec.encode(Envelope(content: .operator))
        let text = String(repeating: "v", count: WireLimits.tagValueBytes)
        let tags = Dictionary(uniqueKeysWithValues: (0..<WireLimits.tags).map { ("tag-\($0)", text) })
        for name in 0..<50 {
            let hello = Hello(
                workerID: "stranger-\(number)-\(name)", role: .edge, tier: "none", lane: .control, nonce: UInt64(name) + 1,
                capabilities: Capabilities(tags: tags),
                data: DataForm(samples: 1, height: 8, width: 8, channels: 1, classes: 2))
            send(socket, [control, try ControlCodec.encode(.hello(hello))])
        }
        send(socket, [[UInt8]](repeating: [1, 2, 3], count: 10_000))
        for _ in 0..<1500 {
            send(socket, [control, [0xff, 0xff]])
            send(socket, [operators, [0xff]])
        }
        for bytes in [WireLimits.helloBytes, 4 << 20, 16 << 20] { send(socket, [control, [UInt8](repeating: 8, count: bytes)]) }
    }

    private func connection(receiveQueue: Int32) throws -> Socket {
        var options = SocketOptions()
        options.receiveQueue = receiveQueue
        options.sendQueue = 0
        let socket = try Socket(Context(), .dealer, options)
        try socket.connect(endpoint)
        return socket
    }

    private func send(_ socket: Socket, _ frames: [[UInt8]]) { _ = socket.send(frames.map { Message(copying: $0) }) }

    /// The most memory that the broker's process ever had.
    private func peakBytes() -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(broker.process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}
