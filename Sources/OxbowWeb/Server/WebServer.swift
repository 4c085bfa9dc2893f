import Dispatch
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import OxbowProtocol
import OxbowReport
import Synchronization

/// A broker as seen from outside (docs/web.md): health, metrics and a live page over HTTP.
///
/// The broker's thread hands over what happened and never waits; a queue of this server's own adds it up and sends it on.
// Sendable: `fleet` and what goes with it are used on the queue alone; everything else is fixed or behind a lock.
public final class WebServer: @unchecked Sendable {
    /// The files of runs that a page shows; called on a queue of the server's own.
    public struct Files: Sendable {
        /// Names of a run's grids.
        public var grids: @Sendable (_ run: String) -> [(round: Int, cluster: Int, file: String)]
        /// nil for what is no grid of a run.
        public var read: @Sendable (_ run: String, _ file: String) -> [UInt8]?

        public init(
            grids: @escaping @Sendable (_ run: String) -> [(round: Int, cluster: Int, file: String)],
            read: @escaping @Sendable (_ run: String, _ file: String) -> [UInt8]?
        ) {
            self.grids = grids
            self.read = read
        }
    }

    public let metrics: BrokerMetrics
    let hub: EventHub
    let health = BrokerHealth()
    let token: WebToken?
    private let address: WebAddress
    private let isOpen: Bool
    private let release: String
    let files: Files?
    private let logger: Logger
    private let started = Date().timeIntervalSince1970
    private let queue = DispatchQueue(label: "web")
    let fileQueue = DispatchQueue(label: "web files")
    private let pending = Atomic(0)
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    // Of the queue.
    private var fleet = LiveFleet()
    private var grids: [LiveStatus.Grid] = []
    private var isEnded = false
    private var endpoint: String
    private let encoder: JSONEncoder

    /// What may wait for the queue: a machine that is so slow misses something on its page.
    private static let mostPending = 20_000
    /// Connections at a time; others wait.
    private static let mostConnections = 256
    /// Of a request that does not come to an end.
    private static let idleTimeout = TimeAmount.seconds(30)

    /// - Parameters:
    ///   - token: who shows it may read; nil: everybody who reaches the address.
    ///   - isOpen: without a token, under any name.
    ///   - endpoint: where members connect.
    public init(
        _ address: WebAddress, token: WebToken?, isOpen: Bool, release: String, endpoint: String, files: Files?, logger: Logger
    ) {
        (self.address, self.token, self.isOpen) = (address, token, isOpen)
        (self.release, self.endpoint, self.files) = (release, endpoint, files)
        var logger = logger
        // What the server's library says of each connection is for who looks for that.
        if logger.logLevel > .debug { logger.logLevel = .critical }
        self.logger = logger
        metrics = BrokerMetrics(release: release, started: started)
        hub = EventHub(metrics)
        encoder = LiveJSON.encoder
    }

    // MARK: Listening

    /// Returns once it listens.
    /// - Returns: with the port that was found.
    /// - Throws: `WebError` if it cannot.
    public func start() throws(WebError) -> WebAddress {
        // A reader that went away must not end the broker.
        signal(SIGPIPE, SIG_IGN)
        let outcome = Mutex<Result<Int, WebError>?>(nil)
        let known = DispatchSemaphore(value: 0)
        let tell: @Sendable (Result<Int, WebError>) -> Void = { result in
            let isFirst = outcome.withLock { outcome in
                defer { outcome = outcome ?? result }
                return outcome == nil
            }
            if isFirst { known.signal() }
        }
        let application = application { port in tell(.success(port)) }
        let (ended, address) = (ended, address)
        let task = Task {
            do {
                try await application.run()
            } catch {
                tell(.failure(WebError(.network, Self.reason(error), subject: "\(address)")))
            }
            tell(.failure(WebError(.network, "it was told to end", subject: "\(address)")))
            ended.signal()
        }
        self.task.withLock { $0 = task }
        known.wait()
        let port: Int =
            switch outcome.withLock({ $0 }) {
            case .success(let port): port
            case .failure(let error): throw error
            case nil: throw WebError(.network, "it did not say why", subject: "\(address)")
            }
        var bound = address
        bound.port = port
        return bound
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return error.errnoCode == EADDRINUSE ? "the port is in use" : String(cString: strerror(error.errnoCode))
    }

    private func application(_ running: @escaping @Sendable (Int) -> Void) -> some ApplicationProtocol {
        let access = WebAccess(
            token: token, isLocalOnly: address.isLoopback && !isOpen, policy: LivePage.policy, metrics: metrics)
        return Application(
            router: WebRoutes(server: self).router(access),
            server: .http1(
                configuration: .init(
                    idleTimeout: Self.idleTimeout,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64))),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections, logger: logger)),
            onServerRunning: { channel in running(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)), logger: logger)
    }

    /// Tells those who watch that the broker's work is over, and listens no more.
    public func close() {
        queue.sync {
            isEnded = true
            send("status", status(isWhole: true))
        }
        hub.close()
        let deadline = ContinuousClock.now + .seconds(1)
        while !hub.isDrained, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.005) }
        task.withLock { $0 }?.cancel()
        _ = ended.wait(timeout: .now() + 1)
    }

    // MARK: Told by the broker

    /// Where members connect, now that it is known.
    public func listens(at endpoint: String) { queue.sync { self.endpoint = endpoint } }

    /// A note of the broker, and its words if it has any.
    public func note(_ note: BrokerNote, sentence: String?, at time: Double) {
        metrics.take(note, at: time)
        // The state is told of once a second.
        if case .awaiting = note { return }
        hand { [self] in take(note, sentence, time) }
    }

    /// What an earlier broker told of a run that goes on: for curves and events, not for counters.
    public func recall(_ notes: [(note: BrokerNote, sentence: String?, time: Double)]) {
        queue.sync { for (note, sentence, time) in notes { _ = fleet.take(note, sentence: sentence, at: time) } }
    }

    /// Does something on the queue, unless too much waits for it.
    private func hand(_ work: @escaping @Sendable () -> Void) {
        guard pending.add(1, ordering: .relaxed).newValue <= Self.mostPending else {
            pending.subtract(1, ordering: .relaxed)
            return
        }
        queue.async { [self] in
            pending.subtract(1, ordering: .relaxed)
            work()
        }
    }

    // MARK: On the queue

    private func take(_ note: BrokerNote, _ sentence: String?, _ time: Double) {
        let told = fleet.take(note, sentence: sentence, at: time)
        guard !hub.isEmpty else { return }
        if let event = told.event { send("note", event) }
        if let step = told.step { send("step", step) }
        switch note {
        // Files of a barrier are put in place by another queue: the next second's look finds them.
        case .started, .planned, .scheduled, .barrier, .ended: send("status", status(isWhole: true))
        default: break
        }
    }

    private func take(_ snapshot: BrokerSnapshot) {
        fleet.saw(snapshot)
        guard !hub.isEmpty else { return }
        let before = grids
        findGrids()
        send("status", status(isWhole: grids != before))
    }

    /// Of the newest round of each cluster.
    private func findGrids() {
        guard let run = fleet.run, let files else { return grids = [] }
        let all = files.grids(run)
        let last = all.map(\.round).max()
        grids = all.filter { $0.round == last }.prefix(12).map {
            LiveStatus.Grid(cluster: $0.cluster, round: $0.round, path: "/runs/\(run)/samples/\($0.file)")
        }
    }

    private func status(isWhole: Bool) -> LiveStatus {
        fleet.status(
            LiveStatus.Broker(
                release: release, endpoint: endpoint, started: started, unready: health.unready, isEnded: isEnded),
            grids: grids, isWhole: isWhole, at: Date().timeIntervalSince1970)
    }

    private func send(_ name: String, _ value: some Encodable) {
        if let event = event(name, value) { hub.send(event) }
    }

    private func event(_ name: String, _ value: some Encodable) -> ByteBuffer? {
        // A line of JSON holds no line feed of its own.
        (try? encoder.encode(value)).map {
            ByteBuffer(string: "event: \(name)\ndata: \(String(decoding: $0, as: UTF8.self))\n\n")
        }
    }

    // MARK: For routes

    /// The whole state as JSON.
    func statusJSON() async -> [UInt8] {
        await onQueue { [self] in
            findGrids()
            return [UInt8]((try? encoder.encode(status(isWhole: true))) ?? Data("{}".utf8))
        }
    }

    func chartsJSON() async -> [UInt8] {
        await onQueue { [self] in [UInt8]((try? encoder.encode(fleet.charts)) ?? Data("{}".utf8)) }
    }

    /// The state, then whatever happens. nil: there are too many listeners.
    func listen(close: @escaping @Sendable () -> Void) async -> EventHub.Stream? {
        await onQueue { [self] in
            findGrids()
            // How long a browser waits before it connects anew.
            let first = [ByteBuffer(string: "retry: 1000\n\n"), event("status", status(isWhole: true))].compactMap { $0 }
            return hub.listen(first: first, close: close)
        }
    }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
    }
}

extension WebServer: BrokerObserver {
    public func turned(unwritable reason: String?) {
        health.turned(unwritable: reason)
    }

    public func routed(_ message: RoutedMessage) {
        metrics.routed(message)
        hand { [self] in fleet.routed(message) }
    }

    public func refused(_ code: ErrorCode) { metrics.refused(code) }

    public func saw(_ snapshot: BrokerSnapshot) {
        metrics.saw(snapshot)
        hand { [self] in take(snapshot) }
    }
}

/// How JSON is written here: as everywhere, on one line.
enum LiveJSON {
    static var encoder: JSONEncoder {
        let encoder = ReportJSON.encoder
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
