import Foundation
import Testing

@testable import ZeroMQ

/// A context, endpoints of its own, and waiting on a condition with a deadline.
final class Fixture: Sendable {
    let context = Context()
    private let ipcPath = FileManager.default.temporaryDirectory.appending(path: "zeromq-test-\(UUID())").path

    var ipcEndpoint: String { "ipc://\(ipcPath)" }

    deinit {
        // libzmq leaves the file behind.
        try? FileManager.default.removeItem(atPath: ipcPath)
    }

    func socket(_ kind: Socket.Kind, _ change: (inout SocketOptions) -> Void = { _ in }) throws -> Socket {
        var options = SocketOptions()
        change(&options)
        return try Socket(context, kind, options)
    }

    /// The next message, or a test failure after some seconds.
    static func next(_ socket: Socket) throws -> Received {
        var poller = Poller()
        let token = poller.add(socket)
        _ = poller.wait(.seconds(10))
        #expect(poller.ready(token).contains(.readable), "nothing came")
        return try #require(socket.receive())
    }

    /// Sends as soon as the socket takes it.
    static func deliver(_ socket: Socket, _ frames: [Message]) throws {
        var poller = Poller()
        let token = poller.add(socket, .writable)
        _ = poller.wait(.seconds(10))
        #expect(poller.ready(token).contains(.writable), "nobody takes it")
        #expect(socket.send(frames) == .sent)
    }
}

extension Message {
    convenience init(_ text: String) { self.init(copying: Array(text.utf8)) }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
