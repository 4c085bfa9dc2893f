import OxbowExperiment
import Testing

@Suite struct OverrideTests {
    @Test func valuesAreReplacedInOrder() throws {
        let experiment = try Experiment.parse(
            "rounds: 3", overrides: ["rounds=4", "model.width=0.25", "rounds=5", "requires.default.tags.site=berlin"])
        #expect((experiment.rounds, experiment.model.width) == (5, 0.25))
        #expect(experiment.requires["default"]?.tags == ["site": "berlin"])
    }

    @Test func listsAreReplacedAndReachedInto() throws {
        let cuts = try Experiment.load(preset: .demo, overrides: ["fleet.1.cuts=[0, 1, 0, 1]", "fleet.0.workers=3"])
        #expect(cuts.fleet[1].cuts?.values == [0, 1, 0, 1])
        #expect(cuts.fleet[0].workers == 3)
        let domains = try Experiment.parse("", overrides: ["data.domains=[kmnist]"])
        #expect(domains.fleet.map(\.domain) == ["kmnist"])
    }

    @Test func theUsualFleetCanBeReachedInto() throws {
        let experiment = try Experiment.parse("", overrides: ["fleet.1.workers=5", "fleet.2.tier=big"])
        #expect(experiment.fleet.map(\.workers) == [2, 5, 1])
        #expect(experiment.fleet.map(\.tier) == ["default", "default", "big"])
    }

    @Test func nothingMeansTheDefault() throws {
        let experiment = try Experiment.load(preset: .demo, overrides: ["fleet.0.cuts=null", "rounds=~"])
        #expect(experiment.fleet[0].cuts == nil)
        #expect(experiment.rounds == 10)
    }

    @Test func aRoundsLengthHasOneKeyAtATime() throws {
        let epochs = try Experiment.parse("steps_per_round: 7", overrides: ["local_epochs=2"])
        #expect((epochs.stepsPerRound, epochs.localEpochs) == (nil, 2))
    }

    @Test func anotherMethodDropsTheOptionsOfThePreset() throws {
        let file = "{ method: oxbow, method_options: { alpha: 9, plain_rounds: 4 } }"
        #expect(try Experiment.parse(file, overrides: ["method=published"]).methodOptions == .defaults(.published, domains: 2))
        #expect(try Experiment.parse(file, overrides: ["method_options.alpha=8"]).methodOptions.plainRounds == 4)
    }
}
