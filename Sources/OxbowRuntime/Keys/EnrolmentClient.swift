import OxbowProtocol
import OxbowWire
import ZeroMQ

/// Why a broker did not enrol a worker: a code and a sentence of the broker.
public struct EnrolmentRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: EnrolmentCode
    public let description: String
}

/// A worker's side of its enrolment. Used by one thread.
public final class EnrolmentClient {
    private let endpoint: String
    private let security: SocketOptions.Security
    private let stop: StopRequest
    private let context = Context()
    private let watch = HandshakeWatch(isEncrypted: true)

    /// A request, or its answer, may be lost with a connection.
    private static let patience = Duration.seconds(5)

    /// - Parameter security: of a join token; or of a key that was enrolled by hand, which asks for its name and slot.
    public init(connect endpoint: String, _ security: SocketOptions.Security, stop: StopRequest) {
        (self.endpoint, self.security, self.stop) = (endpoint, security, stop)
    }

    /// Asks until there is an answer: a broker may not be there yet. nil: a stop was requested.
    /// - Throws: `EnrolmentRefusal`; `HandshakeRefusal` when no connection can be made; `ZeroMQError` for an endpoint that is none.
    public func enrol(_ request: EnrolmentRequest) throws -> EnrolmentReply? {
        while stop.requested == nil {
            guard let reply = try attempt(request) else { continue }
            guard reply.code == .done else { throw EnrolmentRefusal(code: reply.code, description: reply.message) }
            return reply
        }
        return nil
    }

    private func attempt(_ request: EnrolmentRequest) throws -> EnrolmentReply? {
        var options = SocketOptions.member(security)
        options.maxMessageBytes = Int64(WireLimits.enrolmentBytes)
        options.linger = .zero
        let socket = try Socket(context, .dealer, options)
        defer {
            watch.end()
            socket.close()
        }
        try watch.begin(context, socket)
        try socket.connect(endpoint)
        guard
            socket.send([
                Message(copying: try EnvelopeCodec.encode(Envelope(content: .enrolment))),
                Message(copying: try EnrolmentCodec.encode(request)),
            ]) == .sent
        else { return nil }
        return try answer(socket)
    }

    private func answer(_ socket: Socket) throws -> EnrolmentReply? {
        let deadline = ContinuousClock.now + Self.patience
        var poller = Poller()
        _ = poller.add(socket)
        if let monitor = watch.monitor { _ = poller.add(monitor) }
        _ = poller.add(stop.wakeup)
        while stop.requested == nil, ContinuousClock.now < deadline {
            poller.wait(max(.zero, deadline - .now))
            if let fault = watch.fault() { throw HandshakeRefusal(fault) }
            guard let received = socket.receive(maxFrames: 2) else { continue }
            let envelope = try received.frames[0].withBytes(EnvelopeCodec.decode)
            guard envelope.content == .enrolment, received.frames.count == 2 else { continue }
            return try received.frames[1].withBytes { bytes throws(WireError) in try EnrolmentCodec.decodeReply(bytes) }
        }
        return nil
    }
}

/// No connection to a broker can be made: thrown where its user can be told what to do.
public struct HandshakeRefusal: Error, Hashable, Sendable {
    public let fault: HandshakeFault
    init(_ fault: HandshakeFault) { self.fault = fault }
}
