import Foundation
import OxbowModel
import Testing

@testable import OxbowExperiment

/// The example of the interface, with every key.
private let everything = """
    seed: 18446744073709551615
    model: { width: 0.5, batch: 32, noise: 64 }
    data: { dir: /data, domains: [mnist, fashion_mnist], partition: highly-non-iid }
    fleet: [ { tier: small, workers: 2, domain: mnist, cuts: [0, 0, 0, 1] }, { tier: large, domain: fashion_mnist } ]
    rounds: 12
    local_epochs: 5
    method: published
    method_options: { start: common, clusters: 3, plain_rounds: 0, alpha: 2.5, signal_steps: 2, batches: permutation }
    optimizer: { learning_rate: 1e-3 }
    membership: elastic
    patience: 2
    quorum: 0.75
    requires: { small: { memory: 512MiB, tags: { site: berlin }, min_workers: 2 } }
    min_head: 0
    min_tail: 0
    scheduler: { planner: uniform, cost_model: published, replan: off }
    evaluation: { every: 3, samples: 1000, classification: false, classification_images: 700, classification_epochs: 2 }
    """

@Suite struct ReadingTests {
    @Test func everyKeyHasADefault() throws {
        let experiment = try Experiment.parse("")
        #expect(experiment.seed == 1)
        #expect((experiment.model.width, experiment.model.batch, experiment.model.noise) == (1, 64, 100))
        #expect(experiment.data.domains == ["mnist", "fashion_mnist"])
        #expect(experiment.fleet.map(\.workers) == [2, 2])
        #expect((experiment.rounds, experiment.stepsPerRound, experiment.localEpochs) == (10, 50, nil))
        #expect(experiment.method == .oxbow)
        #expect(experiment.methodOptions == .defaults(.oxbow, domains: 2))
        #expect(experiment.optimizer.learningRate == 2e-4)
        #expect(experiment.membership == .strict)
        #expect((experiment.patience, experiment.quorum) == (1, 0.5))
        #expect((experiment.evaluation.every, experiment.evaluation.samples) == (1, 5000))
        #expect(experiment.evaluation.classification)
        #expect((experiment.evaluation.classificationImages, experiment.evaluation.classificationEpochs) == (30_000, 15))
        #expect(try Experiment.parse("", membership: .elastic).membership == .elastic)
    }

    @Test func everyKeyIsRead() throws {
        let experiment = try Experiment.parse(everything)
        #expect(experiment.seed == .max)
        #expect((experiment.model.width, experiment.model.batch, experiment.model.noise) == (0.5, 32, 64))
        #expect((experiment.data.dir, experiment.data.partition) == ("/data", .highlyNonIID))
        #expect(experiment.fleet[0].cuts?.values == [0, 0, 0, 1])
        #expect(experiment.fleet[1] == .init(tier: "large", workers: 1, domain: "fashion_mnist"))
        #expect((experiment.rounds, experiment.stepsPerRound, experiment.localEpochs) == (12, nil, 5))
        #expect(experiment.methodOptions.clusters == 3)
        #expect(experiment.methodOptions.batches == .permutation)
        #expect(experiment.optimizer.learningRate == 1e-3)
        #expect(experiment.requires["small"]?.memory == 512 << 20)
        #expect(experiment.requires["small"]?.tags == ["site": "berlin"])
        #expect(experiment.scheduler.replan == .off)
        #expect((experiment.evaluation.every, experiment.evaluation.samples) == (3, 1000))
        #expect((experiment.evaluation.classificationImages, experiment.evaluation.classificationEpochs) == (700, 2))
        #expect(experiment.steps(largestShard: 600) == 95)
    }

    @Test(arguments: ["", everything]) func theEffectiveConfigurationGivesItselfAgain(_ text: String) throws {
        let experiment = try Experiment.parse(text)
        #expect(try Experiment.parse(experiment.yaml) == experiment)
        let json = try JSONEncoder().encode(experiment)
        #expect(try JSONDecoder().decode(Experiment.self, from: json) == experiment)
        // JSON is YAML, so a report's configuration can be run.
        #expect(try Experiment.parse(String(decoding: json, as: UTF8.self)) == experiment)
    }

    /// A broker's workers bring their own data: domains and entries need not name each other there.
    @Test func domainsNeedNotHaveWorkersInAFleet() throws {
        let texts = [
            "fleet: [ { tier: small } ]", "{ data: { domains: [a] }, fleet: [ { tier: small, domain: b } ] }",
        ]
        for text in texts {
            #expect(throws: ExperimentError.self) { try Experiment.parse(text) }
            #expect(try Experiment.parse(text, needsDomains: false).fleet.map(\.tier) == ["small"])
        }
    }

    /// A device may be said as a map, which is settled as pairs.
    @Test func aDeviceMayBeAMap() throws {
        let text = "{ data: { domains: [a] }, fleet: [ { tier: x, emulate: { gflops: 2, bytes_per_second: 50e6 } } ] }"
        let experiment = try Experiment.parse(text)
        #expect(experiment.fleet[0].emulate == "bytes_per_second=50e6,gflops=2" && experiment.fleet[0].device?.gflops == 2)
        #expect(try Experiment.parse(experiment.yaml) == experiment)
        for wrong in ["{ gflops: [2] }", "{}", "{ gflops: 2, speed: 3 }", "{ gflops: 2 }"] {
            #expect(throws: ExperimentError.self, "\(wrong)") {
                try Experiment.parse("{ data: { domains: [a] }, fleet: [ { tier: x, emulate: \(wrong) } ] }")
            }
        }
    }

    @Test func thePublishedMethodHasItsOwnDefaults() throws {
        let options = try Experiment.parse("{ method: published, method_options: { alpha: 3 } }").methodOptions
        #expect((options.start, options.clusters, options.plainRounds) == (.independent, 2, 2))
        #expect((options.alpha, options.signalSteps, options.batches) == (3, 1, .fresh))
    }

    @Test(arguments: Preset.allCases) func presetsAreValid(_ preset: Preset) throws {
        let experiment = try Experiment.load(preset: preset)
        #expect(try Experiment.parse(experiment.yaml) == experiment)
        if preset == .demo {
            #expect(experiment.data.domains == ["mnist", "fashion_mnist"])
            #expect(experiment.model.width <= 0.5)
            #expect(experiment.evaluation.classification && experiment.evaluation.classificationImages < 10_000)
            #expect(Set(experiment.fleet.map(\.cuts)).count > 1)
        }
        if preset == .smoke { #expect(!experiment.evaluation.classification) }
        if preset == .paper { #expect(experiment.roster.count == 100) }
    }

    @Test func filesLieOverPresets() throws {
        let preset = try Experiment.load(preset: .demo)
        let mixed = try Experiment.parse("{ model: { batch: 8 }, local_epochs: 2 }", preset: .demo)
        #expect((mixed.model.batch, mixed.model.width) == (8, preset.model.width))
        #expect((mixed.stepsPerRound, mixed.localEpochs) == (nil, 2))
        #expect(mixed.fleet == preset.fleet)
    }

    @Test func filesAreLoaded() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "rounds: 3".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Experiment.load(file: path).rounds == 3)
        let error = #expect(throws: ExperimentError.self) { try Experiment.load(file: path + ".none") }
        #expect(error?.code == .unreadable)
    }

    @Test func bytesHaveUnits() throws {
        for (text, bytes) in [("1024", 1024), ("64MiB", 64 << 20), ("0.5 GB", 500_000_000), ("2KiB", 2048)] {
            let yaml = "requires: { default: { memory: \(text) } }"
            #expect(try Experiment.parse(yaml).requires["default"]?.memory == bytes)
        }
    }
}

@Suite struct PrintingTests {
    @Test func theConfigurationReadsAsAPersonWroteIt() throws {
        let lines = try Experiment.load(preset: .demo).yaml.split(separator: "\n")
        #expect(lines[0] == "seed: 1")
        #expect(lines[1].hasPrefix("model: { width: 0."))
        #expect(lines.contains("data: { domains: [mnist, fashion_mnist], partition: iid }"))
        #expect(lines.contains("  - { tier: small, workers: 1, domain: mnist, cuts: [0, 0, 0, 0] }"))
    }

    @Test func awkwardWordsSurvive() throws {
        var experiment = try Experiment.parse("")
        experiment.data.dir = "/a \"b\"\\\n\t: {c} # é"
        experiment.requires["default"] = .init(memory: nil, tags: ["no": "null", "a: b": "1"], minWorkers: 0)
        #expect(try Experiment.parse(experiment.yaml) == experiment)
    }
}
