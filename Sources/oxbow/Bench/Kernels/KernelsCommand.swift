import ArgumentParser
import OxbowKernels
import OxbowModel

struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Each kernel of a worker's step beside the bare oneDNN primitive, on one core.",
        discussion: """
            Example: oxbow bench kernels
            Example: oxbow bench kernels --width 0.25 --batch 32 --rounds 20 --format json
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "Multiplies every channel count.") var width = 1.0

    @Option(help: "Images of a worker's batch.") var batch = 64

    @Option(help: "How often each kernel is measured, ours and oneDNN's in turn.") var rounds = 9

    func run() throws {
        try options.check()
        try check()
        Kernels.setThreads(1)
        let model = try ModelDescription(ModelParameters(width: width))
        var result = BenchResult(bench: "kernels")
        result.settings = ["width": "\(width)", "batch": "\(batch)", "rounds": "\(rounds)"]
        let layers = try measureLayers(model)
        result.rows = layers + [total(layers)] + measureRest(model)
        result.notes = [
            "Times are medians in milliseconds of one core; 'times' is how often a worker's step runs the kernel. Bare: "
                + "oneDNN's own primitive in the layouts that it likes best, without reorders and bias; linear layers are "
                + "oneDNN's inner product in both columns. GFLOP/s count the products of the direct algorithm."
        ]
        if width == 1, batch == 64 {
            result.notes.append(
                "For orientation: on one Zen 4 core with AVX-512 the best of oneDNN's primitives, its Winograd included, took "
                    + "368 ms for these layers.")
        }
        try options.report(result)
    }

    private func check() throws {
        try BenchOptions.require((1...4096).contains(batch), "--batch \(batch)", "from 1 to 4096")
        try BenchOptions.require((1...10_000).contains(rounds), "--rounds \(rounds)", "from 1 to 10000")
    }

    private func measureLayers(_ model: ModelDescription) throws -> [BenchRow] {
        let uses = try StepKernels(model, batch: batch).uses
        return uses.enumerated().map { index, use in
            options.progress("kernel \(index + 1) of \(uses.count): \(use.name)")
            var (ours, bare) = (Samples(), Samples())
            for round in 0...rounds {
                let (a, b) = (measured(use.ours), measured(use.bare))
                if round > 0 {  // the first warms up
                    ours.add(a * 1e3)
                    bare.add(b * 1e3)
                }
            }
            let flop = 2 * Double(use.multiplyAdds)
            return BenchRow(
                "layers", use.name,
                [
                    BenchValue("times", "times", Double(use.times)),
                    BenchValue("ours_milliseconds", "ours ms", ours.median),
                    BenchValue("bare_milliseconds", "bare ms", bare.median),
                    BenchValue("ratio", "ours / bare", ours.median / bare.median),
                    BenchValue("ours_gflops", "GFLOP/s", flop / ours.median * 1e-6),
                ])
        }
    }

    /// Each layer as often as a step runs it: a worker's whole share, whoever holds which block.
    private func total(_ layers: [BenchRow]) -> BenchRow {
        func sum(_ key: String) -> Double {
            layers.reduce(0) { $0 + ($1.number("times") ?? 0) * ($1.number(key) ?? 0) }
        }
        let (ours, bare) = (sum("ours_milliseconds"), sum("bare_milliseconds"))
        return BenchRow(
            "a worker's step, all layers", "sum",
            [
                BenchValue("ours_milliseconds", "ours ms", ours), BenchValue("bare_milliseconds", "bare ms", bare),
                BenchValue("ratio", "ours / bare", ours / bare),
                BenchValue("samples_per_second", "samples/s of a core", Double(batch) / ours * 1e3),
            ])
    }

    private func measureRest(_ model: ModelDescription) -> [BenchRow] {
        StepKernels.rest(model, batch: batch).map { use in
            options.progress("other kernels: \(use.name)")
            var samples = Samples()
            for round in 0...rounds {
                let seconds = measured(use.run)
                if round > 0 { samples.add(seconds) }
            }
            return BenchRow(
                "other kernels, all of a worker's step", use.name,
                [
                    BenchValue("milliseconds", "ms", samples.median * 1e3),
                    BenchValue("gigabytes_per_second", "GB/s", Double(use.bytes) / samples.median * 1e-9),
                ])
        }
    }
}

extension BenchRow {
    func number(_ key: String) -> Double? { values.first { $0.key == key }?.number }
}
