import OxbowProtocol
import OxbowWire
import ZeroMQ

extension HostilePeer {
    /// Operators without key: commands without proof, with a wrong one, and no commands at all.
    static let keyless = HostilePeer(name: "operators without key") { attacker in
        let head = try EnvelopeCodec.encode(Envelope(content: .operator))
        for _ in 0..<4 {
            let socket = try dealer(attacker)
            for command in [.hello, .list, .stop(run: "run", reason: "for fun"), .status] as [OperatorCommand] {
                let bytes = try OperatorCodec.encode(command)
                let bare = try OperatorCodec.encode(OperatorRequest(command: bytes))
                let forged = try OperatorCodec.encode(
                    OperatorRequest(challenge: attacker.bytes(32), mac: attacker.bytes(32), command: bytes))
                for request in [bare, forged, attacker.bytes(50), []] {
                    _ = socket.send([Message(copying: head), Message(copying: request)])
                }
            }
            try settle(socket)
        }
    }

    static let all: [HostilePeer] = [
        strayBytes, randomFrames, tenThousandFrames, oversized, freshNames, comingBack, abandoned, impostor, foreignBodies,
        deafProber, restless, keyless,
    ]
}
