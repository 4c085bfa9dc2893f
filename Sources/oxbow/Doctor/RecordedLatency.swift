import Foundation
import OxbowExperiment
import OxbowModel
import OxbowScheduling

/// The steps of `latency.json`: which machine each worker has, its cuts, and the seconds that were computed elsewhere.
struct RecordedLatency: Decodable {
    private struct Server: Decodable {
        var computational_frequency_ghz: Double
        var cpu_cycles_per_flop: Double
        var transmission_rate_bps: Double
    }
    private struct Machine: Decodable {
        var cpu_mhz: Double
        var flops_per_cycle: Double
        var data_rate: Double
        var device: Device { Device(gflops: cpu_mhz * 1e-3 * flops_per_cycle, bytesPerSecond: data_rate) }
    }
    private struct Step: Decodable {
        var devices: [Int]
        var cuts: [[Int]]
        var seconds: Double
    }
    private var server: Server
    private var devices: [Machine]
    private var batch: Int
    private var cases: [Step]

    init(_ data: Data) throws {
        do { self = try JSONDecoder().decode(RecordedLatency.self, from: data) } catch {
            throw Failure(.state, "Unable to read 'latency.json': its steps are not as expected. Restore the fixtures.")
        }
    }

    /// A finding for each recorded step.
    func findings(_ model: ModelDescription) throws -> [Finding] {
        // What is called cycles for a FLOP there is FLOP a cycle.
        let core = CoreDevice(
            gflops: server.computational_frequency_ghz * server.cpu_cycles_per_flop,
            bytesPerSecond: server.transmission_rate_bps)
        return try cases.enumerated().map { index, step in
            let subject = "published cost model, step \(index + 1) of \(step.devices.count) workers"
            let cuts = step.cuts.compactMap(Cuts.init)
            guard cuts.count == step.devices.count, step.devices.allSatisfy(devices.indices.contains),
                cuts.allSatisfy(model.admissibleCuts.contains)
            else { return Finding(.wrong, subject, "its machines and cuts do not fit together") }
            let workers = step.devices.map { Candidate(id: "worker", tier: "device\($0 + 1)", device: devices[$0].device) }
            let request = PlanningRequest(model: model, workers: workers, core: core, batch: batch)
            let seconds = try PublishedCostModel().seconds(of: cuts, for: request)
            return Finding(subject, error: abs(seconds - step.seconds) / step.seconds, tolerance: 1e-9)
        }
    }
}
