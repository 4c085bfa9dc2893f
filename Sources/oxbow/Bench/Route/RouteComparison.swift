import Foundation
import OxbowRuntime
import ZeroMQ

/// The same load through the broker and through the forwarder, in alternating turns.
struct RouteComparison {
    private let settings: RouteSettings
    private var broker: [RouteTurn.Result] = []
    private var forwarder: [RouteTurn.Result] = []
    private var brokerSeconds = 0.0
    private var forwarderSeconds = 0.0
    private var memoryBefore = 0.0
    private var memoryAfter = 0.0
    private var forwarderMemory = 0.0

    /// What the broker may take beside bodies once it works: tables, lines, libzmq's buffers.
    private static let slackBytes = 16e6

    static let groups = ["bulk", "small messages", "round trip, one message in flight", "broker memory"]

    init(_ settings: RouteSettings, turns: Int, seconds: Double, alone: Bool) throws {
        self.settings = settings
        let broker = try RouteSide(.broker, settings)
        defer { broker.end() }
        let forwarder = try RouteSide(.forwarder, settings)
        defer { forwarder.end() }
        memoryBefore = broker.middle.peakMemory
        // The first turn finds cold caches, and buffers that have not grown yet.
        for side in [broker, forwarder] { _ = try side.fleet.turn(seconds: min(seconds, 0.2), alone: alone) }
        let before = (broker.middle.cpuSeconds, forwarder.middle.cpuSeconds)
        for turn in 0..<turns {
            // Which comes first alternates too.
            for isBroker in turn % 2 == 0 ? [true, false] : [false, true] {
                let result = try (isBroker ? broker : forwarder).fleet.turn(seconds: seconds, alone: alone)
                if isBroker { self.broker.append(result) } else { self.forwarder.append(result) }
            }
        }
        brokerSeconds = broker.middle.cpuSeconds - before.0
        forwarderSeconds = forwarder.middle.cpuSeconds - before.1
        memoryAfter = broker.middle.peakMemory
        forwarderMemory = forwarder.middle.peakMemory
    }

    private func median(_ value: (RouteTurn.Result) -> Double, of results: [RouteTurn.Result]) -> Double {
        Samples(results.map(value)).median
    }

    /// Over pairs of turns.
    private func median(_ combine: (RouteTurn.Result, RouteTurn.Result) -> Double) -> Double {
        Samples(zip(broker, forwarder).map(combine)).median
    }

    private func perGigabyte(_ seconds: Double, _ results: [RouteTurn.Result]) -> Double {
        seconds / (Double(results.reduce(0) { $0 + $1.bytes }) / 1e9)
    }

    var bulk: BenchRow {
        BenchRow(
            Self.groups[0], "\(settings.size) bytes",
            [
                BenchValue("broker_gigabytes_per_second", "broker GB/s", median(\.gigabytesPerSecond, of: broker)),
                BenchValue("forwarder_gigabytes_per_second", "forwarder GB/s", median(\.gigabytesPerSecond, of: forwarder)),
                BenchValue("ratio", "ratio", median { $0.gigabytesPerSecond / $1.gigabytesPerSecond }),
                BenchValue("broker_cpu_seconds_per_gigabyte", "broker CPU s/GB", perGigabyte(brokerSeconds, broker)),
                BenchValue(
                    "forwarder_cpu_seconds_per_gigabyte", "forwarder CPU s/GB", perGigabyte(forwarderSeconds, forwarder)),
            ])
    }

    var small: BenchRow {
        BenchRow(
            Self.groups[1], "\(settings.size) bytes",
            [
                BenchValue("broker_messages_per_second", "broker 1/s", median(\.messagesPerSecond, of: broker)),
                BenchValue("forwarder_messages_per_second", "forwarder 1/s", median(\.messagesPerSecond, of: forwarder)),
                BenchValue("ratio", "ratio", median { $0.messagesPerSecond / $1.messagesPerSecond }),
                BenchValue(
                    "broker_cpu_microseconds_per_message", "broker CPU us",
                    1e6 * brokerSeconds / Double(broker.reduce(0) { $0 + $1.messages })),
                BenchValue(
                    "forwarder_cpu_microseconds_per_message", "forwarder CPU us",
                    1e6 * forwarderSeconds / Double(forwarder.reduce(0) { $0 + $1.messages })),
            ])
    }

    var latency: BenchRow {
        BenchRow(
            Self.groups[2], "\(settings.size) bytes",
            [
                microseconds("broker_p50", "broker p50", median(\.roundTrips.p50, of: broker)),
                microseconds("broker_p99", "broker p99", median(\.roundTrips.p99, of: broker)),
                microseconds("forwarder_p50", "forwarder p50", median(\.roundTrips.p50, of: forwarder)),
                microseconds("forwarder_p99", "forwarder p99", median(\.roundTrips.p99, of: forwarder)),
                microseconds("added_p50", "added p50", median { $0.roundTrips.p50 - $1.roundTrips.p50 }),
                microseconds("added_p99", "added p99", median { $0.roundTrips.p99 - $1.roundTrips.p99 }),
            ])
    }

    private func microseconds(_ key: String, _ heading: String, _ seconds: Double) -> BenchValue {
        BenchValue("\(key)_microseconds", "\(heading) us", seconds * 1e6)
    }

    /// What a trace holds until it is hashed: docs/trace.md.
    private var tracedBytes: Double { settings.trace == .off ? 0 : Double(max(64 << 20, settings.size)) }

    var memory: BenchRow {
        // Two for each edge, and as many for the core's answers to it.
        let credits = 4 * settings.workers
        return BenchRow(
            Self.groups[3], "\(settings.size) bytes",
            [
                BenchValue("workers", "workers", Double(settings.workers)),
                BenchValue("before_bytes", "before MB", memoryBefore, per: 1e6),
                BenchValue("peak_bytes", "peak MB", memoryAfter, per: 1e6),
                BenchValue("forwarder_peak_bytes", "forwarder peak MB", forwarderMemory, per: 1e6),
                BenchValue("credits", "credits", Double(credits)),
                BenchValue(
                    "bound_bytes", "bound MB",
                    memoryBefore + Self.slackBytes + Double(credits * settings.size) + tracedBytes, per: 1e6),
            ])
    }
}

/// A middle and the fleet around it.
private struct RouteSide {
    let middle: RouteMiddle
    let fleet: RouteFleet

    init(_ kind: RouteMiddle.Kind, _ settings: RouteSettings) throws {
        let middle = try RouteMiddle(kind, settings)
        let halves = Halves(edges: settings.workers)
        self.middle = middle
        do {
            fleet = try RouteFleet(edges: settings.workers, size: settings.size) {
                [endpoint = middle.endpoint, keys = middle.keys] role, slot in
                switch kind {
                case .broker:
                    let name = role == .core ? "core" : settings.workerID(Int(slot))
                    let tier = RouteSettings.tier
                    let security = try keys?.add(name, role: role == .core ? .core : .edge, tier: tier).security ?? .none
                    return try BrokerPeer(role, name, tier: tier, connect: endpoint, security: security)
                case .forwarder:
                    let security = keys.map { KeyPair().client(of: $0.broker) } ?? .none
                    return try ForwarderPeer(role, connect: endpoint, security: security, halves: halves)
                }
            }
        } catch {
            middle.end()
            throw error
        }
    }

    func end() {
        fleet.end()
        middle.end()
    }
}
