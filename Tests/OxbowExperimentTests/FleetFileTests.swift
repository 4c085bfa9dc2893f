import OxbowExperiment
import OxbowModel
import OxbowScheduling
import Testing

@Suite struct FleetFileTests {
    private let core = "core: { gflops: 672, bytes_per_second: 1e9 }\n"

    @Test func tiersBecomeWorkers() throws {
        let fleet = try FleetFile.parse(
            core
                + """
                tiers:
                  - { name: small, workers: 2, gflops: 0.48, bytes_per_second: 50e6, memory: 64MiB }
                  - { name: large, gflops: 100, bytes_per_second: 1.5GB, cuts: [1, 0, 1, 0] }
                  - { name: far, gflops: 100, outer_gflops: 12.5, bytes_per_second: 1e9, latency: 5ms }
                """)
        #expect(fleet.core == CoreDevice(gflops: 672, bytesPerSecond: 1e9))
        #expect(fleet.workers.map(\.id) == ["small-1", "small-2", "large-1", "far-1"])
        #expect(fleet.workers[1].device == Device(gflops: 0.48, bytesPerSecond: 50e6, memory: 64 << 20))
        #expect(fleet.workers[2].device == Device(gflops: 100, bytesPerSecond: 1.5e9))
        #expect(
            fleet.workers[3].device == Device(gflops: 100, outerGflops: 12.5, bytesPerSecond: 1e9, latencySeconds: 0.005))
        #expect(fleet.workers[2].fixed?.values == [1, 0, 1, 0] && fleet.workers[0].fixed == nil)
    }

    @Test(arguments: [
        ("3", "Unable to read 'f.yaml': it is not a map of keys."),
        ("", "Unable to use 'core.gflops': it is left out."),
        ("tiers: []", "Unable to use 'core.gflops': it is left out."),
        ("CORE", "Unable to use 'tiers': it is left out. Give a list such as"),
        ("CORE\ntiers: []", "Unable to use 'tiers': its value is a list of 0."),
        ("CORE\ntier: []", "Unable to use 'tier': there is no such key in the fleet file. Did you mean 'tiers'?"),
        ("core: { gflops: 1, bytes_per_second: 1, batch: 2 }", "Unable to use 'core.batch': there is no such key in 'core'."),
        (
            "CORE\ntiers: [ { name: a, gflop: 1 } ]",
            "Unable to use 'tiers.0.gflop': there is no such key in 'tiers.0'. Did you mean"
        ),
        ("CORE\ntiers: [ { name: a, gflops: 1 } ]", "Unable to use 'tiers.0.bytes_per_second': it is left out."),
        ("CORE\ntiers: [ { gflops: 1, bytes_per_second: 1 } ]", "Unable to use 'tiers.0.name': it is left out."),
        ("CORE\ntiers: [ { name: a, workers: 0 } ]", "Unable to use 'tiers.0.workers': its value is '0'."),
        (
            "CORE\ntiers: [ { name: a, gflops: -1 } ]",
            "Unable to use 'tiers.0.gflops': its value is '-1'. Allowed: a number above 0"
        ),
        ("CORE\ntiers: [ { name: a, gflops: .nan } ]", "Unable to use 'tiers.0.gflops': its value is '.nan'."),
        ("CORE\ntiers: [ { name: a, latency: -1 } ]", "Unable to use 'tiers.0.latency': its value is '-1'."),
        ("CORE\ntiers: [ { name: a, latency: 5min } ]", "Unable to use 'tiers.0.latency': its value is '5min'."),
        ("CORE\ntiers: [ { name: a, memory: much } ]", "Unable to use 'tiers.0.memory': its value is 'much'."),
        ("CORE\ntiers: [ { name: a, cuts: [2, 0, 0, 0] } ]", "Unable to use 'tiers.0.cuts': its value is [2, 0, 0, 0]."),
        (
            "CORE\ntiers: [ { name: a, gflops: 1, bytes_per_second: 1 }, { name: a, gflops: 1, bytes_per_second: 1 } ]",
            "Unable to use 'tiers.1.name': its value is 'a'. Allowed: every tier once."
        ),
    ])
    func everyMistakeIsExplained(_ yaml: String, _ beginning: String) {
        let text = yaml.replacing("CORE", with: "core: { gflops: 1, bytes_per_second: 1 }")
        let error = #expect(throws: ExperimentError.self) { try FleetFile.parse(text, subject: "f.yaml") }
        #expect(error?.description.hasPrefix(beginning) == true, "\(error?.description ?? "")")
    }

    @Test func aModelByItselfOrAsASection() throws {
        let model = try ModelFile.parse("width: 0.5\nbatch: 32\nnoise: 50\nimage: 32x36x3\nclasses: 4\n")
        #expect(
            model.parameters
                == ModelParameters(width: 0.5, imageHeight: 32, imageWidth: 36, imageChannels: 3, classes: 4, noise: 50))
        #expect(model.batch == 32)
        #expect(try ModelFile.parse("model: { width: 0.5, batch: 32, noise: 50, image: 32x36x3, classes: 4 }") == model)
        #expect(try ModelFile.parse("") == ModelFile())
        #expect(try ModelFile.parse("image: 32x32").parameters.imageChannels == 1)
    }

    @Test(arguments: [
        ("widht: 1", "Unable to use 'widht': there is no such key in the model file. Did you mean 'width'?"),
        ("image: 28", "Unable to use 'image': its value is '28'. Allowed: a size such as 28x28 or 32x32x3."),
        ("model: { batch: 1 }", "Unable to use 'model.batch': its value is '1'."),
        ("model: {}\nrounds: 2", "Unable to use 'rounds': there is no such key in the model file."),
    ])
    func everyMistakeInAModelIsExplained(_ yaml: String, _ beginning: String) {
        let error = #expect(throws: ExperimentError.self) { try ModelFile.parse(yaml) }
        #expect(error?.description.hasPrefix(beginning) == true, "\(error?.description ?? "")")
    }
}
