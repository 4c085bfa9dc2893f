import CZeroMQ
import Glibc

/// What became of a message that was to be sent without waiting.
public enum SendResult: Hashable, Sendable {
    /// libzmq has it. Its frames are empty now.
    case sent
    /// The queue to the peer is full, or nobody is connected. The frames are untouched: send them again later.
    case wouldBlock
    /// A ROUTER knows no such peer (the frames are untouched), or the peer went while the message was written (then the
    /// frames already written are empty, and the peer gets none of them).
    case unreachable
}

/// A message as it came: its frames, of a ROUTER with the peer's routing id first.
public struct Received: Sendable {
    public var frames: [Message]
    /// How many frames beyond the most that were asked for came, and were dropped.
    public var droppedFrames: Int
}

extension Socket {
    /// Sends all frames as one message, without waiting.
    public func send(_ frames: [Message]) -> SendResult {
        precondition(!frames.isEmpty, "a message without frames")
        let raw = self.raw
        var peerLost = false
        for (index, frame) in frames.enumerated() {
            let more = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            switch call("send", { zmq_msg_send(frame.raw, raw, ZMQ_DONTWAIT | more) }) {
            case .value: continue
            case .wouldBlock where index == 0: return .wouldBlock
            case .unreachable where index == 0: return .unreachable
            // The peer went after the first frame. libzmq drops the rest, but wants to see it to the last frame:
            // else the next message would be taken for the rest of this one.
            case .wouldBlock, .unreachable: peerLost = true
            case .failed(let code): fatalError("send: \(message(of: code))")
            }
        }
        return peerLost ? .unreachable : .sent
    }

    /// Sends the frames to one peer of a ROUTER.
    public func send(to routingID: [UInt8], _ frames: [Message]) -> SendResult {
        precondition(kind == .router, "a routing id on a \(kind) socket")
        return send([Message(copying: routingID)] + frames)
    }

    /// The next message, or nil when there is none yet.
    ///
    /// - Parameter maxFrames: frames beyond these are taken off the queue and dropped, so that a peer cannot make this
    ///   process hold thousands of frames.
    public func receive(maxFrames: Int = 8) -> Received? {
        precondition(maxFrames > 0, "a message of at most \(maxFrames) frames")
        guard let first = receiveFrame() else { return nil }
        var received = Received(frames: [first], droppedFrames: 0)
        var more = first.hasMore
        while more {
            // libzmq hands over whole messages only, so the rest is there.
            guard let frame = receiveFrame() else { fatalError("receive: the rest of a message is missing") }
            more = frame.hasMore
            if received.frames.count < maxFrames {
                received.frames.append(frame)
            } else {
                received.droppedFrames += 1
            }
        }
        return received
    }

    private func receiveFrame() -> Message? {
        let raw = self.raw
        let frame = Message()
        switch call("receive", { zmq_msg_recv(frame.raw, raw, ZMQ_DONTWAIT) }) {
        case .value: return frame
        case .wouldBlock: return nil
        case .unreachable: fatalError("receive: host unreachable")
        case .failed(let code): fatalError("receive: \(message(of: code))")
        }
    }
}
