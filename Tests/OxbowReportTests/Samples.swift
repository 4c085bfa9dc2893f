import Foundation
import OxbowEvaluation
import OxbowExperiment
import Testing

@testable import OxbowReport

/// Reports made up for the tests; every number follows from its place.
enum Samples {
    /// Something between 0 and 1 that looks like a measurement.
    static func noise(_ numbers: Int...) -> Double {
        let mixed = numbers.reduce(UInt64(0x9E37_79B9)) { ($0 ^ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 ^ ($0 >> 29) }
        return Double(mixed >> 11) / Double(UInt64(1) << 53)
    }

    static func experiment(_ fleet: String, rounds: Int, domains: [String] = ["mnist", "fashion_mnist"]) throws -> Experiment {
        try Experiment.parse(
            """
            data: { domains: [\(domains.map { "\"\($0)\"" }.joined(separator: ", "))] }
            fleet: \(fleet)
            rounds: \(rounds)
            """)
    }

    /// A run of workers of seven tiers over two domains.
    static func report(workers count: Int = 4, rounds: Int = 4, every: Int = 1, scored: Bool = true) throws -> Report {
        let each = (count + 1) / 2
        var fleet = "[{ tier: small, workers: \(each), domain: mnist }"
        if count > each { fleet += ", { tier: large, workers: \(count - each), domain: fashion_mnist, cuts: [0, 1, 1, 0] }" }
        let domains = count > each ? ["mnist", "fashion_mnist"] : ["mnist"]
        let experiment = try experiment(fleet + "]", rounds: max(1, rounds), domains: domains)
        let workers = (0..<count).map { worker($0, of: count, tiers: count > 24 ? 7 : 2) }
        let all = (0..<rounds).map {
            round($0 + 1, of: rounds, workers, scored: scored && (($0 + 1) % every == 0 || $0 + 1 == rounds))
        }
        let judge = JudgeFacts(accuracy: 0.981, realScore: 9.72, seconds: 12.5)
        return Report(
            origin: .init(
                release: "0.1.0", kernels: "oneDNN 2.6.3 avx2, own avx2, threads 1",
                arguments: ["run", "--preset", "demo", "--set", "rounds=\(rounds)"]),
            experiment: experiment, stateHash: all.last?.hash, outcome: Report.finished, started: 1_795_412_208, seconds: 3723,
            rounds: all, workers: workers, core: .init(secondsBy: .init(compute: 1893, wire: 220, wait: 1402)),
            domains: scored && rounds > 0
                ? Dictionary(uniqueKeysWithValues: domains.map { ($0, finalScores($0, workers)) }) : [:],
            judges: scored ? Dictionary(uniqueKeysWithValues: domains.map { ($0, judge) }) : [:],
            throughput: .init(samplesPerSecond: rounds > 0 ? 1234.5 : 0, stepSeconds: .init(median: 0.218, p95: 0.345)),
            wire: .init(bytesPerWorkerStep: 6.01e6), generators: [], pictures: [], losses: [])
    }

    private static func worker(_ slot: Int, of count: Int, tiers: Int) -> Report.Worker {
        let isFirst = slot < (count + 1) / 2
        // Machines of one tier are alike.
        let kind = tiers > 2 ? slot % tiers : slot
        let tier = tiers > 2 ? "device\(slot % tiers + 1)" : isFirst ? "small" : "large"
        return Report.Worker(
            id: "worker-\(slot)", name: "\(tier)-\(tiers > 2 ? slot / tiers + 1 : slot + 1)", tier: tier,
            domain: isFirst ? "mnist" : "fashion_mnist",
            samples: isFirst ? 2250 : 15000, cuts: [kind % 2, kind / 2 % 2, kind / 3 % 2, kind / 4 % 2],
            cutsBy: kind % 2 == 0 ? "declared in the experiment" : "planner uniform: the least",
            bytesSent: UInt64(5e8 + 1e8 * noise(slot, 1)), bytesReceived: UInt64(5e8 + 1e8 * noise(slot, 2)),
            secondsBy: .init(
                compute: 200 + 900 * noise(slot, 3), wire: 40 + 20 * noise(slot, 4), wait: 1000 + 900 * noise(slot, 5)))
    }

    private static func round(_ number: Int, of rounds: Int, _ workers: [Report.Worker], scored: Bool) -> Report.Round {
        let share = Double(number) / Double(rounds)
        let split = number > 1 && workers.count > 1
        let first = workers.filter { !split || $0.domain == "mnist" }.map(\.id)
        let second = workers.filter { split && $0.domain != "mnist" }.map(\.id)
        let clusters = [first, second].filter { !$0.isEmpty }
        func byWorker(_ value: (Int) -> Double) -> [String: Double] {
            Dictionary(uniqueKeysWithValues: workers.enumerated().map { ($1.id, value($0)) })
        }
        let domains = Set(workers.map(\.domain))
        return Report.Round(
            round: number, steps: 50, seconds: 70 + 9 * noise(number, 7), committedAt: 1_795_412_208 + 74 * Double(number),
            hash: String(repeating: "0123456789abcdef", count: 4), clusters: clusters,
            weights: byWorker {
                1 / Double($0 < first.count ? first.count : max(1, second.count)) * (0.9 + 0.2 * noise($0, number))
            },
            divergence: byWorker { number == 1 ? 0 : 0.002 + 0.008 * noise($0, number, 3) * (1.2 - share) },
            loss: .init(dReal: 0.5 - 0.1 * share, dFake: 0.48 - 0.1 * share, g: 1.2 + 0.5 * noise(number, 9)),
            bytes: .init(up: 240_000_000, down: 240_100_000),
            secondsBy: .init(computeEdge: 11, computeCore: 38, wire: 4.5, wait: 12),
            domains: scored
                ? Dictionary(
                    uniqueKeysWithValues: domains.map {
                        (
                            $0,
                            Scores(
                                samples: 5000, imageScore: 1.2 + 7.5 * share, labelAccuracy: 0.95 * share, fid: 90 - 60 * share)
                        )
                    }) : [:])
    }

    private static func finalScores(_ domain: String, _ workers: [Report.Worker]) -> DomainScores {
        let found = Classification(
            accuracy: 0.931, precision: 0.929, recall: 0.93, f1: 0.9295, fpr: 0.0077, images: 30_000, epochs: 15)
        return DomainScores(
            imageScore: 8.7, fid: 30.2, labelAccuracy: 0.95, classification: found,
            perWorker: workers.filter { $0.domain == domain }.enumerated().map { index, worker in
                WorkerScores(
                    id: worker.id, imageScore: 8 + noise(index, 11), fid: 30 + noise(index, 12), labelAccuracy: 0.9,
                    classification: nil)
            })
    }

    /// A grid of grey noise, as large as real ones, or a small one.
    static func picture(_ facts: Report.Picture, side: Int = 28, columns: Int = 10) throws -> GridPicture {
        let grid = ImageGrid(rows: facts.classes, columns: columns, height: side, width: side, scale: 2)
        let images = (0..<(facts.classes * columns * side * side)).map { Float(noise($0 / 3, facts.round) * 2 - 1) }
        return try #require(GridPicture(facts, png: try PNG.encode(grid.render(images))))
    }

    /// Each domain's picture of each evaluated round, and each cluster's of the last.
    static func pictures(_ report: Report, side: Int = 28) throws -> [GridPicture] {
        var all: [Report.Picture] = []
        for round in report.rounds where !round.domains.isEmpty {
            for domain in report.domainNames {
                all.append(.init(round: round.round, domain: domain, file: "\(domain)-\(round.round).png", classes: 10))
            }
        }
        if let last = report.rounds.last {
            for cluster in last.clusters.indices {
                all.append(.init(round: last.round, cluster: cluster, file: "cluster-\(cluster).png", classes: 10))
            }
        }
        return try all.map { try picture($0, side: side) }
    }

    /// A fleet's run of six workers over ten rounds: one joins late, one leaves, one is lost and back, one is too slow.
    static func fleetReport() throws -> Report {
        var report = try report(workers: 6, rounds: 10, scored: false)
        report.experiment.data.domains = ["local"]
        for index in report.workers.indices { report.workers[index].domain = Report.untold }
        let away: [Int: ClosedRange<Int>] = [5: 1...3, 4: 8...10, 2: 5...6, 1: 7...7]
        for index in report.rounds.indices {
            let there = report.workers.indices.filter { away[$0]?.contains(index + 1) != true }
            report.rounds[index].members = there.map { "worker-\($0)" }
            report.rounds[index].clusters = report.rounds[index].clusters.map { cluster in
                cluster.filter { report.rounds[index].members?.contains($0) == true }
            }
        }
        func event(_ round: Int, _ event: Report.MembershipEvent.Event, _ worker: Int, _ reason: String?)
            -> Report.MembershipEvent
        {
            .init(
                time: report.started + 74 * Double(round) - 30, round: round, event: event, member: "worker-\(worker)",
                reason: reason)
        }
        report.membership = [
            event(3, .joined, 5, nil), event(5, .lost, 2, "nothing was heard of it for 10 s"), event(6, .joined, 2, nil),
            event(7, .sidelined, 1, "it took more than 2.1 s for exchange 3"), event(7, .left, 4, "asked to end (SIGTERM)"),
        ]
        report.losses = ["worker-2: nothing was heard of it for 10 s"]
        func cuts(_ extra: Int) -> [String: [Int]] {
            Dictionary(uniqueKeysWithValues: report.workers.map { ($0.id, $0.id == "worker-3" ? [extra, 0, 1, 0] : $0.cuts) })
        }
        report.plans = [.init(round: 1, cuts: cuts(0)), .init(round: 4, cuts: cuts(1)), .init(round: 8, cuts: cuts(2))]
        report.scheduler = .init(planner: "exact", costModel: "physical", seconds: 0.2, lowerBound: 0.196, gap: 0.02)
        report.deadlines = (1...6).map {
            .init(tier: "small", exchange: $0, medianSeconds: 0.012, spreadSeconds: 0.001, deadlineSeconds: 0.556)
        }
        report.timings = (0..<6).flatMap { worker in
            (1...6).map { exchange in
                .init(
                    member: "worker-\(worker)", exchange: exchange, count: 500,
                    measuredSeconds: 0.01 + 0.02 * noise(worker, exchange),
                    modelledSeconds: worker == 5 ? nil : 0.01 + 0.02 * noise(worker, exchange, 2))
            }
        }
        report.image = .init(height: 28, width: 28, channels: 1, classes: 10)
        return report
    }
}
