import Foundation
import OxbowModel
import OxbowScheduling
import Testing

/// The published model against what its authors' code computed.
@Suite struct PublishedCostModelTests {
    struct Recorded: Decodable {
        struct Case: Decodable {
            var devices: [Int]
            var cuts: [[Int]]
            var seconds: Double
        }
        struct Machine: Decodable {
            var cpu_mhz: Double
            var flops_per_cycle: Double
            var data_rate: Double
        }
        var batch: Int
        var devices: [Machine]
        var cases: [Case]
    }

    /// The committed excerpt, and the whole file where `OXBOW_FIXTURES` names its folder.
    static var folders: [String] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let whole = ProcessInfo.processInfo.environment["OXBOW_FIXTURES"].map { [$0] } ?? []
        return [tests.path + "/Fixtures/latency-small"] + whole
    }

    @Test(arguments: folders) func equalsTheRecordedCases(_ folder: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/latency.json"))
        let recorded = try JSONDecoder().decode(Recorded.self, from: data)
        #expect(!recorded.cases.isEmpty)
        for (machine, ours) in zip(recorded.devices, PublishedFleet.devices) {
            #expect(machine.cpu_mhz * 1e-3 * machine.flops_per_cycle == ours.gflops)
            #expect(machine.data_rate == ours.bytesPerSecond)
        }
        let model = try ModelDescription(ModelParameters())
        for recordedCase in recorded.cases {
            let workers = recordedCase.devices.map {
                Candidate(id: "w", tier: PublishedFleet.tier($0), device: PublishedFleet.devices[$0])
            }
            let request = PlanningRequest(model: model, workers: workers, core: PublishedFleet.core, batch: recorded.batch)
            let cuts = try recordedCase.cuts.map { try #require(Cuts($0)) }
            let seconds = try PublishedCostModel().seconds(of: cuts, for: request)
            #expect(abs(seconds / recordedCase.seconds - 1) < 1e-9)
            let breakdown = try PublishedCostModel().breakdown(of: cuts, for: request)
            #expect(abs(breakdown.shares.reduce(0) { $0 + $1.seconds } / seconds - 1) < 1e-9)
        }
    }

    /// What bytes take is the link's, whose name then comes first, and twice the link saves half of it.
    @Test func linksAreToldFromComputing() throws {
        func request(_ rate: Double, core: Double) throws -> PlanningRequest {
            PlanningRequest(
                model: try ModelDescription(ModelParameters()),
                workers: [Candidate(id: "w", tier: "far", device: Device(gflops: 100, bytesPerSecond: rate))],
                core: CoreDevice(gflops: 1000, bytesPerSecond: core), batch: 64)
        }
        let cuts = try #require(Cuts([1, 0, 1, 0]))
        func breakdown(_ rate: Double, core: Double) throws -> CostBreakdown {
            try PublishedCostModel().breakdown(of: [cuts], for: request(rate, core: core))
        }
        let slow = try breakdown(1e5, core: 1e9)
        #expect(slow.causes.first?.cause == .links(tier: "far"))
        #expect(slow.shares.contains { $0.part == .up && $0.cause == .links(tier: "far") })
        #expect(abs(slow.shares.reduce(0) { $0 + $1.seconds } / slow.seconds - 1) < 1e-9)
        let faster = try breakdown(2e5, core: 1e9)
        #expect(abs(slow.seconds - faster.seconds - slow.causes[0].seconds / 2) < 1e-9 * slow.seconds)
        let narrow = try breakdown(1e9, core: 1e5)
        #expect(narrow.causes.first?.cause == .coreLink && narrow.shares.contains { $0.part == .down })
        #expect(try breakdown(1e12, core: 1e12).causes.first?.cause == .workers(tier: "far"))
    }
}
