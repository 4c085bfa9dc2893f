import OxbowExperiment
import OxbowModel

/// What one comparison runs with.
struct RouteSettings {
    var transport: Transport
    var workers: Int
    /// Bytes of each body.
    var size: Int
    /// What the broker records.
    var trace = TraceOption.on
    /// Both middles are CURVE servers.
    var isEncrypted = false

    static let tier = "bench"

    func workerID(_ slot: Int) -> String { "\(Self.tier)-\(slot + 1)" }

    var experiment: RouteExperiment { RouteExperiment(workers: workers, size: size) }
}

/// The experiment that the broker serves: one endless round, and batches so large that a body of this size may come.
struct RouteExperiment {
    let workers: Int
    let size: Int

    /// Enough for bodies of a gigabyte.
    private static let batches = [64, 128, 256, 512, 1024, 2048, 4096]

    /// Idle in the forwarder's turns, members are not to lose their lease: `patience`.
    private func yaml(batch: Int) -> String {
        """
        model: { batch: \(batch) }
        data: { domains: [local] }
        fleet: [ { tier: \(RouteSettings.tier), workers: \(workers), domain: local, cuts: [0, 0, 0, 0] } ]
        rounds: 1
        steps_per_round: 10000000
        patience: 60

        """
    }

    var yaml: String {
        get throws { yaml(batch: try fitting().batch) }
    }

    func largestBody() throws -> Int { try fitting().bytes }

    private func fitting() throws -> (batch: Int, bytes: Int) {
        for batch in Self.batches {
            let experiment = try Experiment.parse(yaml(batch: batch))
            let parameters = experiment.modelParameters(height: 28, width: 28, channels: 1, classes: 10)
            let bytes = try experiment.largestBody(ModelDescription(parameters))
            if bytes >= size { return (batch, bytes) }
        }
        throw Failure(.usage, "Unable to route bodies of \(size) bytes: no plan has such messages. Choose a smaller --size.")
    }
}
