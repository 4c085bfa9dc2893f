import Foundation
import OxbowProtocol
import OxbowWire
import ZeroMQ

/// An operator's side: one DEALER socket, one request at a time. Used by one thread.
public final class OperatorClient {
    private let endpoint: String
    private let key: OperatorKey
    private let patience: Duration
    private let context = Context()
    private let socket: Socket
    private var poller = Poller()
    private var challenge: [UInt8] = []
    private let watch: HandshakeWatch

    /// - Parameters:
    ///   - security: of the operator's token; none on ipc, and where that was said.
    ///   - patience: how long an answer may take.
    /// - Throws: `ZeroMQError` for an endpoint that is none.
    public init(
        connect endpoint: String, key: OperatorKey, security: SocketOptions.Security = .none, patience: Duration
    ) throws {
        (self.endpoint, self.key, self.patience) = (endpoint, key, patience)
        watch = HandshakeWatch(isEncrypted: security.isEncrypted)
        var options = SocketOptions()
        options.security = security
        options.maxMessageBytes = Int64(WireLimits.operatorReplyBytes)
        options.receiveQueue = 4
        socket = try Socket(context, .dealer, options)
        try watch.begin(context, socket)
        try socket.connect(endpoint)
        _ = poller.add(socket)
        if let monitor = watch.monitor { _ = poller.add(monitor) }
    }

    deinit { watch.end() }

    /// The broker's answer, of code `.done`.
    /// - Throws: `OperatorRefusal` with any other code, `HandshakeRefusal`, `RuntimeError` when no broker answers, `WireError`.
    public func ask(_ command: OperatorCommand) throws -> OperatorReply {
        if challenge.isEmpty { try greet() }
        var reply = try exchange(key.request(command, challenge: challenge))
        if reply.code == .refused {
            // The broker may have been started anew, or have given the challenge's place away: once more, with a new one.
            // What was refused was not carried out.
            try greet()
            reply = try exchange(key.request(command, challenge: challenge))
        }
        guard reply.code == .done else { throw OperatorRefusal(reply.code, reply.message) }
        return reply
    }

    /// An answer's content from JSON.
    public func ask<Value: Decodable>(_ command: OperatorCommand, for type: Value.Type) throws -> Value {
        let reply = try ask(command)
        do {
            return try OperatorJSON.decoder.decode(type, from: Data(reply.content))
        } catch {
            throw RuntimeError(
                .peer, "Unable to read the answer of '\(endpoint)': it is not what this release knows. Use one release.")
        }
    }

    private func greet() throws {
        let reply = try exchange(OperatorRequest(command: try OperatorCodec.encode(.hello)))
        guard reply.code == .done else { throw OperatorRefusal(reply.code, reply.message) }
    }

    private func exchange(_ request: OperatorRequest) throws -> OperatorReply {
        let frames = [
            Message(copying: try EnvelopeCodec.encode(Envelope(content: .operator))),
            Message(copying: try OperatorCodec.encode(request)),
        ]
        let deadline = ContinuousClock.now + patience
        guard socket.send(frames) == .sent else { throw silent }
        while true {
            guard poller.wait(max(.zero, deadline - .now)) > 0 else { throw silent }
            if let fault = watch.fault() { throw HandshakeRefusal(fault) }
            guard let received = socket.receive(maxFrames: 2) else { continue }
            let reply = try reply(received)
            challenge = reply.nextChallenge
            return reply
        }
    }

    private func reply(_ received: Received) throws -> OperatorReply {
        let envelope = try received.frames[0].withBytes(EnvelopeCodec.decode)
        guard envelope.content == .operator, received.frames.count == 2, received.droppedFrames == 0 else {
            throw RuntimeError(
                .peer, "Unable to steer '\(endpoint)': what listens there does not serve operators. Check --connect.")
        }
        return try received.frames[1].withBytes { bytes throws(WireError) in try OperatorCodec.decodeReply(bytes) }
    }

    private var silent: RuntimeError {
        RuntimeError(
            .network,
            "Unable to reach '\(endpoint)': no broker answered within \(patience.components.seconds) s. "
                + "Check --connect and that the broker runs, or wait longer with --timeout.")
    }
}
