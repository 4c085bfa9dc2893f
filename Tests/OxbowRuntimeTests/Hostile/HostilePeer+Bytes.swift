import Glibc
import OxbowProtocol
import OxbowRuntime
import OxbowWire
import ZeroMQ

// Those who do not speak the protocol.
extension HostilePeer {
    /// Not even ZeroMQ's: bytes over plain tcp, with its greeting in front or without.
    static let strayBytes = HostilePeer(name: "bytes that are no ZeroMQ") { attacker in
        let greeting: [UInt8] =
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0] + Array("NULL".utf8) + [UInt8](repeating: 0, count: 48)
        for count in [0, 1, 9, 64, 4096] {
            try overTCP(attacker.endpoint, attacker.bytes(count))
            try overTCP(attacker.endpoint, greeting + attacker.bytes(count))
            // A frame of 2^63 bytes is announced.
            try overTCP(attacker.endpoint, greeting + [2, 0x7f] + [UInt8](repeating: 0xff, count: 7) + attacker.bytes(count))
        }
    }

    /// ZeroMQ messages of random bytes, in any number of frames.
    static let randomFrames = HostilePeer(name: "random frames") { attacker in
        let socket = try dealer(attacker)
        for count in [1, 2, 2, 2, 2, 3, 100] {
            for _ in 0..<20 {
                _ = socket.send((0..<count).map { _ in Message(copying: attacker.bytes(Int(attacker.next() % 90))) })
            }
        }
        let envelope = try EnvelopeCodec.encode(Envelope(content: .control))
        for _ in 0..<50 { _ = socket.send([Message(copying: envelope), Message(copying: attacker.bytes(60))]) }
        try settle(socket)
    }

    static let tenThousandFrames = HostilePeer(name: "10,000 frames in a message") { attacker in
        let socket = try dealer(attacker)
        for _ in 0..<3 { _ = socket.send((0..<10_000).map { _ in Message(copying: [1, 2, 3]) }) }
        try settle(socket)
    }

    /// Beyond every limit there is: of a hello, of a control message, of a frame.
    static let oversized = HostilePeer(name: "oversized messages") { attacker in
        let socket = try dealer(attacker)
        for bytes in [WireLimits.helloBytes + 1, 512 << 10, BesiegedFleet.largestBody + 1] {
            let head = try EnvelopeCodec.encode(Envelope(content: .control))
            _ = socket.send([Message(copying: head), Message(copying: [UInt8](repeating: 8, count: bytes))])
            _ = socket.send([Message(copying: [UInt8](repeating: 8, count: bytes)), Message(copying: head)])
        }
    }

    private static func overTCP(_ endpoint: String, _ bytes: [UInt8]) throws {
        guard let file = ConnectionFlood.dial(endpoint) else { throw RuntimeError(.network, "no connection: \(errno)") }
        defer { close(file) }
        // The broker may have closed before all is written: that is its right.
        _ = send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
