import Foundation
import OxbowModel
import OxbowProtocol
import OxbowRuntime
import OxbowSimulation
import Testing

@testable import oxbow

/// `oxbow simulate` through the executable, and its report of a fault that was planted.
@Suite struct SimulateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func experiment(_ membership: String = "strict") throws -> String {
        try folder.write(
            "fleet.yaml",
            """
            seed: 3
            model: { width: 0.125, batch: 16, noise: 100 }
            data: { domains: [mnist], partition: iid }
            fleet:
              - { tier: small, workers: 2, domain: mnist, cuts: [0, 0, 0, 0] }
              - { tier: large, workers: 1, domain: mnist }
            requires: { small: { memory: 64MiB, tags: { room: cellar } } }
            rounds: 2
            steps_per_round: 50
            membership: \(membership)
            """)
    }

    private func simulate(_ arguments: [String]) throws -> Oxbow.Result { try Oxbow.run(["simulate"] + arguments) }

    private struct Summary: Decodable {
        var seeds: Int
        var equal_hashes: Int
        var barriers: Int
        var disturbances: [String: Int]
    }

    @Test func seedsEndAsTheUndisturbedRun() throws {
        for arithmetic in ["small", "hashes"] {
            let result = try simulate([
                experiment(), "--seeds", "20", "--faults", "chaos", "--arithmetic", arithmetic, "--format", "json",
            ])
            #expect(result.code == 0, "\(result.output) \(result.errors)")
            let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
            #expect(summary.seeds == 20 && summary.equal_hashes == 20 && summary.barriers == 40)
            #expect((summary.disturbances["crashes"] ?? 0) > 5 && (summary.disturbances["partitions"] ?? 0) > 5)
        }
    }

    /// Another process, another order of every set and dictionary: the same events.
    @Test func aSeedIsTheSameRunInEveryProcess() throws {
        let arguments = [try experiment("elastic"), "--seed", "17", "--faults", "chaos", "--arithmetic", "hashes", "--events"]
        let (one, other) = (try simulate(arguments), try simulate(arguments))
        #expect(one.code == 0 && one.output == other.output && one.output.contains("17: "), "\(one.errors)")
    }

    /// Events in words; as JSON a line each, the summary last.
    @Test func eventsCanBeReadByPrograms() throws {
        let result = try simulate([experiment(), "--seed", "17", "--arithmetic", "hashes", "--events", "--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        let lines = try result.output.split(separator: "\n").map { try Oxbow.object(String($0)) }
        let events = lines.dropLast()
        #expect(events.count > 100 && events.allSatisfy { $0["seed"] as? Int == 17 && $0["seconds"] is Double })
        let words = events.compactMap { $0["event"] as? String }
        #expect(words.count == events.count && words.contains("broker: round 2 committed by 4 members"))
        #expect(words.allSatisfy { !$0.contains("(round:") && !$0.contains("OxbowProtocol") })
        #expect(lines.last?["seeds"] as? Int == 1)
    }

    @Test func whatCannotBeIsUsage() throws {
        let file = try experiment()
        for arguments in [[], [file, "--faults", "war"], [file, "--seeds", "0"], ["/nowhere.yaml"]] {
            let result = try simulate(arguments)
            #expect(result.code == 2 && result.sentence.contains("Unable to"), "\(arguments) \(result.errors)")
        }
    }

    /// A worker that begins otherwise once its process was started again.
    private final class Forgetful: TaskPerformer {
        private let performer: any TaskPerformer
        private let life: Int

        init(_ performer: any TaskPerformer, life: Int) { (self.performer, self.life) = (performer, life) }

        func perform(_ task: MemberTask, inputs: [any BodyStorage]) throws -> TaskResult {
            var result = try performer.perform(task, inputs: inputs)
            if life > 1 { result.bodies = result.bodies.map { _ in SymbolicBody(UInt64(life)) } }
            return result
        }
    }

    @Test func aPlantedFaultIsFoundAndCanBeRepeated() throws {
        let path = try experiment()
        var rehearsal = try SimulateCommand.parse([path, "--arithmetic", "hashes"]).rehearsal()
        let honest = rehearsal.processes[0]
        rehearsal.processes[0] = SimulatedProcess(honest.identity) {
            var disk = honest.makeDisk()
            var life = 0
            let make = disk.makePerformer
            disk.makePerformer = {
                life += 1
                return Forgetful(make(), life: life)
            }
            return disk
        }
        let undisturbed = rehearsal.simulate(0, .none)
        var report = SimulationReport(
            rehearsal, command: "oxbow simulate \(path) --faults all", faults: "all", arithmetic: .hashes,
            undisturbed: undisturbed)
        SeedRunner(rehearsal, .all, seeds: 1..<41, stop: try StopRequest()).run(beside: undisturbed) { report.add($0) }
        let failed = try #require(report.summary.failures.first)
        let line = "oxbow simulate \(path) --faults all --seed \(failed.seed)"
        #expect(report.text.contains(line) && report.text.contains("last events of seed \(failed.seed):"))
        #expect(report.failure?.band == .finding && report.failure?.description.contains(line) == true)
        #expect(report.summary.failures.count < 40 && report.summary.equalHashes > 0)
    }
}
