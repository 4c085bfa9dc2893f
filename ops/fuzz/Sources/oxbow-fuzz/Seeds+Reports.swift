import OxbowExperiment
import OxbowReport

extension TextSeeds {
    /// An ordinary run of one round, and the same of a fleet.
    static func reports() throws -> [String: [UInt8]] {
        let plain = try report()
        var fleet = plain
        fleet.membership = [.init(time: 2, round: 1, event: .joined, member: "worker-0", reason: "it came")]
        fleet.plans = [.init(round: 1, cuts: ["worker-0": [0, 1, 1, 0]])]
        fleet.deadlines = [.init(tier: "small", exchange: 3, medianSeconds: 0.1, spreadSeconds: 0.01, deadlineSeconds: 1)]
        fleet.timings = [.init(member: "core", exchange: 3, count: 9, measuredSeconds: 0.1, modelledSeconds: 0.2)]
        fleet.scheduler = .init(planner: "genetic", costModel: "physical", seconds: 0.1, lowerBound: 0.05, gap: 0.5)
        fleet.image = .init(height: 32, width: 32, channels: 3, classes: 10)
        return ["run": Array(try plain.json()), "fleet": Array(try fleet.json())]
    }

    static let reportWords = ["\"nan\"", "\"inf\"", "\"-inf\"", "null", "[]", "{}", "1e308", "-1", "0", "9007199254740993"]

    private static func report() throws -> Report {
        let experiment = try Experiment.parse(
            "rounds: 1\ndata: { domains: [mnist] }\nfleet: [{ tier: small, workers: 1, domain: mnist }]\n")
        let round = Report.Round(
            round: 1, steps: 4, seconds: 2, committedAt: 1_795_412_210, hash: "00ff", clusters: [["worker-0"]],
            weights: ["worker-0": 1], divergence: ["worker-0": 0.25], loss: .init(dReal: 0.5, dFake: .nan, g: 1),
            bytes: .init(up: 1000, down: 2000), secondsBy: .init(computeEdge: 1, computeCore: 0.5, wire: 0.25, wait: 0.25),
            domains: [:], members: ["worker-0"])
        let worker = Report.Worker(
            id: "worker-0", name: "small-1", tier: "small", domain: "mnist", samples: 600, cuts: [0, 0, 0, 0], cutsBy: "planner",
            bytesSent: 1000, bytesReceived: 2000, secondsBy: .init(compute: 1, wire: 0.25, wait: 0.5))
        return Report(
            origin: .init(release: "0.1.0", kernels: "oneDNN", arguments: ["run"]), experiment: experiment, stateHash: "00ff",
            outcome: Report.finished, started: 1_795_412_208, seconds: 3, rounds: [round], workers: [worker],
            core: .init(secondsBy: .init(compute: 1, wire: 0, wait: 1)), domains: [:], judges: [:],
            throughput: .init(samplesPerSecond: 100, stepSeconds: .init(median: 0.2, p95: 0.3)),
            wire: .init(bytesPerWorkerStep: 6e6), generators: [.init(cluster: 0, workers: ["worker-0"], file: "g.safetensors")],
            pictures: [.init(round: 1, domain: "mnist", cluster: 0, file: "samples/a.png", classes: 10)],
            losses: ["worker-0 left"])
    }
}
