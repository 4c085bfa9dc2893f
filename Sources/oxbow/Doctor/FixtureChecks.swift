import Foundation
import OxbowFleet
import OxbowKernels
import OxbowModel
import OxbowSafetensors
import OxbowTraining

/// Compares this build with recorded results: every kernel, a whole fleet with its aggregation, the cost of blocks.
struct FixtureChecks {
    private let folder: String

    init(_ folder: String) throws {
        self.folder = folder
        guard
            ["kernels.json", "fleet.json", "latency.json"].contains(where: {
                FileManager.default.fileExists(atPath: folder + "/" + $0)
            })
        else {
            throw Failure(
                .state,
                "Unable to compare with '\(folder)': it holds none of kernels.json, fleet.json and latency.json. "
                    + "Name a folder with fixtures, such as Tests/Fixtures/kernels-small.")
        }
    }

    /// - Parameter tell: called with each finding as soon as it is known.
    func run(_ tell: (Finding) -> Void) throws -> [Finding] {
        var all: [Finding] = []
        for check in [kernels, fleet, costs] {
            let findings = try check()
            findings.forEach(tell)
            all += findings
        }
        return all
    }

    private func json(_ name: String) throws -> Data? {
        let path = folder + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.state, "Unable to read '\(path)'. Check its permissions.")
        }
        return data
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ data: Data, _ name: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw Failure(.state, "Unable to read '\(folder)/\(name)': it is not a fixture (\(error)).")
        }
    }

    private func kernels() throws -> [Finding] {
        guard let data = try json("kernels.json") else { return [] }
        let tensors = try SafetensorsFile.read(folder + "/kernels.safetensors").tensors
        let cases = try decode([KernelFixtures.Case].self, data, "kernels.json")
        let fixtures = KernelFixtures(
            floats: { name in tensors[name].flatMap { tensor in tensor.values().map { (tensor.shape, $0) } } },
            integers: { name in tensors[name]?.values() })
        return try fixtures.run(cases).map {
            Finding("kernel \($0.name) \($0.tensor)", error: $0.error, tolerance: $0.tolerance)
        }
    }

    private func fleet() throws -> [Finding] {
        guard let data = try json("fleet.json") else { return [] }
        let tensors = try SafetensorsFile.read(folder + "/fleet.safetensors").tensors
        let fixture = try FleetFixture(json: data) { name in
            guard let tensor = tensors[name] else { return nil }
            if let values: [Float] = tensor.values() { return (tensor.shape, values) }
            guard let labels: [Int32] = tensor.values() else { return nil }
            return (tensor.shape, labels.map(Float.init))
        }
        return try fixture.run(aggregate: { try $0.means() }).map {
            Finding("fleet \($0.name)", error: $0.error, tolerance: $0.tolerance)
        }
    }

    /// GFLOP of the paper's blocks, and seconds of steps, as the published cost model counts them.
    private func costs() throws -> [Finding] {
        guard let data = try json("latency.json") else { return [] }
        let recorded = try decode(RecordedCosts.self, data, "latency.json")
        let model = try ModelDescription(ModelParameters())
        let blocks = Network.allCases.flatMap { network in
            let name = network == .generator ? "generator" : "discriminator"
            return [
                cost("\(name)_forward", model[network].blocks.map(\.cost.publishedForward), recorded),
                cost("\(name)_backward", model[network].blocks.map(\.cost.publishedBackward), recorded),
            ]
        }
        return try blocks + RecordedLatency(data).findings(model)
    }

    private func cost(_ name: String, _ perSample: [Int], _ recorded: RecordedCosts) -> Finding {
        let expected = recorded.block_gflop[name] ?? []
        let ours = perSample.map { Double($0) * Double(recorded.batch) / 1e9 }
        guard expected.count == ours.count else {
            return Finding(.wrong, "cost \(name)", "\(expected.count) blocks are recorded")
        }
        let error = zip(ours, expected).map { abs($0 - $1) / $1 }.max() ?? 0
        return Finding("cost of blocks, \(name)", error: error, tolerance: 1e-9)
    }

    private struct RecordedCosts: Decodable {
        var batch: Int
        var block_gflop: [String: [Double]]
    }
}
