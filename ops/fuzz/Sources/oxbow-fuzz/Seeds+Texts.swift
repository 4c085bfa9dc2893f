import OxbowExperiment
import OxbowReport

enum TextSeeds {
    static func experiments() throws -> [String: [UInt8]] {
        var texts = ["empty": "", "effective": try Experiment.parse("").yaml]
        for preset in Preset.allCases { texts[preset.rawValue] = preset.yaml }
        texts["fleet"] = """
            data: { domains: [mnist, "fashion mnist"], partition: highly-non-iid }
            membership: elastic
            fleet:
              - &entry { tier: small, workers: 2, domain: mnist, cuts: [0, 0, 0, 0] }
              - { tier: large, requires: { memory: 4GiB, tags: { site: home } }, min_workers: 1 }
            local_epochs: 2
            """
        return texts.mapValues { Array($0.utf8) }
    }

    /// All keys, and values that have a form of their own.
    static let experimentWords =
        Experiment.keys.flatMap { $0.split(separator: ".").map(String.init) } + fleetWords + [
            "non-iid", "highly-non-iid", "published", "oxbow", "strict", "elastic", "permutation", "fresh", "physical", "genetic",
            "4GiB", "1e308", "-0.0", "nan", "inf", "domain", "requires", "memory", "tags", "emulate", "min_workers", "pi4", "&a",
            "*a",
        ]

    static func fleets() throws -> [String: [UInt8]] {
        let text = """
            core: { gflops: 672, bytes_per_second: 50e6 }
            tiers:
              - { name: small, workers: 2, gflops: 20, bytes_per_second: 50MB, latency: 2ms, memory: 1GiB }
              - { name: large, gflops: 200, outer_gflops: 50, bytes_per_second: 50e6, cuts: [0, 1, 1, 0] }
            """
        return ["fleet": Array(text.utf8)]
    }

    static let fleetWords = [
        "core", "tiers", "name", "workers", "gflops", "outer_gflops", "bytes_per_second", "latency", "memory", "cuts",
        "[0, 1, 1, 0]",
        "1000000", "2ms", "50MB", "1e18",
    ]

    static func models() throws -> [String: [UInt8]] {
        ["model": Array("model: { width: 0.5, batch: 32, noise: 64, image: 32x32x3, classes: 10 }\n".utf8)]
    }

    static let modelWords = ["model", "width", "batch", "noise", "image", "classes", "1024x1024x3", "65536"]
}
