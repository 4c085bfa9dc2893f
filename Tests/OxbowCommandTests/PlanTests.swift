import Foundation
import Testing

/// `oxbow plan` through the executable.
@Suite struct PlanTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Plan: Decodable {
        var seconds: Double
        var lower_bound: Double
        var gap: Double
        var evaluations: Int
        var planning_seconds: Double
        var cuts: [String: [Int]]
    }

    private let fleet = """
        core: { gflops: 672, bytes_per_second: 1e9 }
        tiers:
          - { name: slowOnes, workers: 3, gflops: 0.48, bytes_per_second: 50e6, memory: 64MiB }
          - { name: device3, workers: 5, gflops: 124.8, bytes_per_second: 1e9 }
        """

    private func plan(_ arguments: [String]) throws -> Oxbow.Result { try Oxbow.run(["plan"] + arguments) }

    private func planned(_ arguments: [String]) throws -> Plan {
        let result = try plan(arguments + ["--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        return try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8))
    }

    @Test func aFleetIsPlannedAndProven() throws {
        let file = try folder.write("fleet.yaml", fleet)
        for costModel in ["physical", "published"] {
            let exact = try planned([file, "--cost-model", costModel])
            #expect(exact.gap == 0 && exact.lower_bound == exact.seconds && exact.evaluations > 0)
            #expect(exact.cuts["slowOnes"] == [0, 0, 0, 0] && exact.cuts["device3"]?.count == 4)
            let uniform = try planned([file, "--cost-model", costModel, "--planner", "uniform"])
            #expect(uniform.seconds >= exact.seconds && uniform.lower_bound <= exact.seconds)
        }
        let text = try plan([file]).output
        for words in ["8 workers, batch 64", "No plan is faster.", "slowOnes", "3 x", "A step waits for: ", "Twice as fast"] {
            #expect(text.contains(words), "\(text)")
        }
    }

    @Test func theModelAndItsBatchCanBeSaid() throws {
        let file = try folder.write("fleet.yaml", fleet)
        let model = try folder.write("model.yaml", "model: { width: 0.25, batch: 16 }\n")
        let small = try planned([file, "--model", model])
        let large = try planned([file, "--model", model, "--batch", "64"])
        let whole = try planned([file])
        #expect(small.seconds < large.seconds && large.seconds < whole.seconds)
        #expect(try planned([file, "--model", model, "--min-head", "1"]).cuts.values.allSatisfy { $0[0] == 1 && $0[2] == 1 })
    }

    @Test func publishedFleetsAreDrawnBySeed() throws {
        let arguments = ["--published", "100", "--cost-model", "published", "--seed"]
        let plan = try planned(arguments + ["2"])
        #expect(plan.gap == 0 && plan.cuts.keys.contains("device1"))
        #expect(try planned(arguments + ["2"]).cuts == plan.cuts)
        #expect(try planned(arguments + ["3"]).seconds != plan.seconds)
    }

    /// Equal workers with different cuts are said by worker in JSON and by number in the table.
    @Test func aTierMayBeDivided() throws {
        let file = try folder.write(
            "fleet.yaml",
            """
            core: { gflops: 50, bytes_per_second: 2e8 }
            tiers: [ { name: even, workers: 12, gflops: 2, bytes_per_second: 1e8 } ]
            """)
        let genetic = try planned([file, "--planner", "genetic", "--cost-model", "published"])
        #expect(genetic.cuts.count == 1 || genetic.cuts.count == 12)
        #expect(genetic.evaluations == 1_000_000 && genetic.gap >= 0)
    }

    /// A certificate holds for the plans that were allowed, and says which.
    @Test func aCertificateSaysOfWhatItIs() throws {
        let roomy = try folder.write("roomy.yaml", fleet.replacingOccurrences(of: ", memory: 64MiB", with: ""))
        let kept = try plan([roomy, "--min-head", "1"])
        #expect(kept.output.contains("No plan that keeps 1 block more in every head is faster."), "\(kept.output)")
        let given = fleet.replacingOccurrences(of: "memory: 64MiB", with: "cuts: [0, 0, 0, 0]")
        let text = try plan([try folder.write("given.yaml", given)]).output
        #expect(text.contains("No plan with the cuts that are given is faster."), "\(text)")
        let links = fleet.replacingOccurrences(of: "50e6", with: "1e4")
        let slow = try plan([try folder.write("links.yaml", links), "--cost-model", "published"]).output
        #expect(slow.contains("A step waits for: links of slowOnes"), "\(slow)")
        #expect(slow.contains("links of slowOnes would bring"), "\(slow)")
        let tiny = fleet.replacingOccurrences(of: "0.48", with: "1e-300")
        let wide = try plan([try folder.write("tiny.yaml", tiny)]).output
        #expect(wide.split(separator: "\n").allSatisfy { $0.count < 250 }, "\(wide)")
    }

    @Test func mistakesAreExplained() throws {
        func expect(_ words: String, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
            let result = try plan(arguments)
            #expect(result.code == 2 && result.sentence.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
        }
        let file = try folder.write("fleet.yaml", fleet)
        let tight = try folder.write("tight.yaml", fleet.replacingOccurrences(of: "64MiB", with: "32MiB"))
        try expect("Unable to plan 'slowOnes-1': it has 33554432 bytes of memory", [tight])
        try expect("no fleet was named", [])
        try expect("Use one of them", [file, "--published", "3"])
        try expect("'--published'", ["--published", "0"])
        try expect("'--batch'", [file, "--batch", "1"])
        try expect("'--min-head': its value is -1", [file, "--min-head", "-1"])
        try expect("cannot be opened", ["no-such.yaml"])
        let unknown = try folder.write("unknown.yaml", fleet + "\nspeed: 3\n")
        try expect("'speed': there is no such key in the fleet file", [unknown])
    }

    @Test func recordedStepsAreCompared() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let result = try Oxbow.run(["doctor", "--fixtures", tests.path + "/Fixtures/latency-small"])
        #expect(result.code == 0 && result.output.contains("ok    published cost model, step 2 of 80 workers: error"))
        var text = try String(contentsOfFile: tests.path + "/Fixtures/latency-small/latency.json", encoding: .utf8)
        text = text.replacingOccurrences(of: "\"seconds\": 9.93", with: "\"seconds\": 9.94")
        _ = try folder.write("latency.json", text)
        let changed = try Oxbow.run(["doctor", "--fixtures", folder.path])
        #expect(changed.code == 1 && changed.output.contains("WRONG published cost model, step 2"), "\(changed.output)")
    }

    @Test func plannersAreComparedOnTheSameFleets() throws {
        let result = try Oxbow.run([
            "bench", "plan", "--generations", "2", "--workers", "20", "--large", "2000", "--format", "json",
        ])
        #expect(result.code == 0, "\(result.errors)")
        for words in [
            "\"exact\"", "\"genetic\"", "\"uniform\"", "lower_bound_seconds", "planning_seconds", "2000 workers of 7",
            "above_optimum_percent",
        ] {
            #expect(result.output.contains(words))
        }
    }
}
