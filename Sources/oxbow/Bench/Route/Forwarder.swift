import ArgumentParser
import Foundation
import OxbowKernels
import OxbowRuntime
import ZeroMQ

/// The least that can stand between edges and a core: a ROUTER that puts the origin's routing id before what goes to
/// the core and takes the target's off what comes from it. Frames are moved, never copied, opened or counted.
struct Forwarder {
    /// What the core says of itself first.
    static let core = Array("core".utf8)

    private let context = Context()
    private let socket: Socket
    let boundEndpoint: String

    /// - Parameter key: of an encrypted one, which lets everybody in; nil: it is not encrypted.
    init(bind endpoint: String, largestBody: Int, key: CurveKey?) throws {
        var options = BrokerShell.socketOptions(largestBody: largestBody)
        if let key { options.security = .curveServer(secretKey: key) }
        socket = try Socket(context, .router, options)
        boundEndpoint = try socket.bind(endpoint)
    }

    /// Forwards until a stop is requested.
    func run(_ stop: StopRequest) {
        var poller = Poller()
        _ = poller.add(socket)
        _ = poller.add(stop.wakeup)
        var core: [UInt8] = []
        while stop.requested == nil {
            poller.wait(nil)
            while let frames = socket.receive(maxFrames: 4)?.frames {
                if frames.count == 2 {
                    core = frames[0].copyBytes()
                    send(frames)
                } else {
                    send(frames.count == 4 ? Array(frames.dropFirst()) : [Message(copying: core)] + frames)
                }
            }
        }
        socket.close()
    }

    /// A queue of a thousand messages is never full here: each edge has one under way.
    private func send(_ frames: [Message]) {
        while socket.send(frames) == .wouldBlock { usleep(100) }
    }
}

/// The forwarder as a process of its own.
struct ForwardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward", abstract: "The plain forwarder of bench route.",
        discussion: "Example: oxbow bench forward --bind tcp://127.0.0.1:*", shouldDisplay: false)

    @Option(help: "Where to listen.") var bind: String

    @Option(help: "No frame has more bytes.") var largestBody: Int

    @Option(help: "A folder with the key of an encrypted one.") var keys: String?

    func run() throws {
        // As the broker does.
        Kernels.keepFreedBlocks()
        let stop = try StopRequest()
        stop.watchSupervisor()
        let forwarder = try Forwarder(
            bind: bind, largestBody: largestBody, key: keys.map { try KeyFolder($0).brokerKey().secretKey })
        try FileHandle.standardOutput.write(contentsOf: Data("\(forwarder.boundEndpoint)\n".utf8))
        forwarder.run(stop)
    }
}
