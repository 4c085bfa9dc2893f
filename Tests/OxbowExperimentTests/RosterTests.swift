import OxbowData
import OxbowExperiment
import OxbowModel
import OxbowScheduling
import Testing

private func domain(_ name: String, _ count: Int) throws -> Domain {
    let pixels = [UInt8](repeating: 0, count: count * 64)
    let set = ImageSet(height: 8, width: 8, channels: 1, pixels: pixels, labels: (0..<count).map { UInt8($0 % 4) })
    return try Domain(name: name, train: set, test: set.subset([0, 1]), testOrigin: .files)
}

@Suite struct RosterTests {
    private let experiment: Experiment

    init() throws {
        experiment = try Experiment.parse(
            """
            data: { domains: [a, b] }
            model: { width: 0.5, noise: 7 }
            fleet:
              - { tier: small, workers: 2, domain: b }
              - { tier: large, workers: 1, domain: a, cuts: [1, 1, 1, 1] }
              - { tier: small, workers: 1, domain: a }
            """)
    }

    @Test func slotsFollowTheFile() {
        let roster = experiment.roster
        #expect(roster.map(\.slot) == [0, 1, 2, 3])
        #expect(roster.map(\.workerID) == ["small-1", "small-2", "large-1", "small-3"])
        #expect(roster.map(\.domain) == ["b", "b", "a", "a"])
    }

    @Test func shardsFollowTheRoster() throws {
        let domains = [try domain("a", 400), try domain("b", 200)]
        let shards = try experiment.shards(of: domains)
        #expect(shards.map(\.count) == [100, 100, 100, 100])
        #expect(Set(shards[0] + shards[1]) == Set(0..<200))
        #expect(Set(shards[2]).isDisjoint(with: shards[3]))
    }

    @Test func modelsFollowTheData() throws {
        let parameters = experiment.modelParameters(for: [try domain("a", 40)])
        let wanted = ModelParameters(width: 0.5, imageHeight: 8, imageWidth: 8, imageChannels: 1, classes: 4, noise: 7)
        #expect(parameters == wanted)
    }

    @Test func uniformCutsRespectTheFile() throws {
        let model = try ModelDescription(experiment.modelParameters())
        let cuts = try experiment.cuts(model, planner: UniformPlanner())
        #expect(cuts.map(\.values) == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
        var strict = experiment
        strict.minHead = 1
        #expect(try strict.cuts(model, planner: UniformPlanner())[0].values == [1, 0, 1, 0])
        let chosen = UniformPlanner(cuts: Cuts([0, 1, 0, 1]))
        #expect(try experiment.cuts(model, planner: chosen)[3].values == [0, 1, 0, 1])
        let error = #expect(throws: PlanningError.self) { try strict.cuts(model, planner: chosen) }
        #expect(error?.description.hasPrefix("Unable to plan 'fleet': cuts [0, 1, 0, 1] are not admissible.") == true)
        strict.minHead = 2
        #expect(throws: PlanningError.self) { try strict.cuts(model, planner: UniformPlanner()) }
    }

    @Test func exitBandsAreDistinct() {
        #expect(Set(ExitBand.allCases.map(\.rawValue)).count == ExitBand.allCases.count)
        #expect(ExitBand.success.rawValue == 0)
    }
}
