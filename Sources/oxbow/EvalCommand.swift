import ArgumentParser
import Foundation
import OxbowData
import OxbowEvaluation
import OxbowKernels

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Scores a saved generator against a domain's real images.",
        discussion: """
            The domain's judge is trained once and cached. With the run's seed, samples and numbers of classification, the
            scores are those of its report.
            Example: oxbow eval --generator runs/mine/generator-0.safetensors --data data --domain mnist
            """)

    @Option(help: "A generator-<cluster>.safetensors that a run wrote.", completion: .safetensors)
    var generator: String

    @Option(help: "The data folder. Default: where ops/setup.sh puts it.", completion: .directory) var data: String?

    @Option(help: "The domain whose real images it is compared with.") var domain: String

    @Option(help: "Images to score.") var samples = 5000

    @Flag(help: "Also train a classifier on generated images only, and test it on real ones.") var classification = false

    @Option(help: "Generated images for that classifier.") var classificationImages = 30_000

    @Option(help: "How often it is shown each of them.") var classificationEpochs = 15

    @Option(help: "The seed of the images.") var seed: UInt64 = 1

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        try checkNumber("--samples", samples, in: 1...10_000_000)
        try checkNumber("--classification-images", classificationImages, in: 1...1_000_000)
        try checkNumber("--classification-epochs", classificationEpochs, in: 1...1000)
        Kernels.setThreads(1)
        let file = try GeneratorFile.read(generator)
        let sampler = try file.sampler()
        let domain = try DataFolder(data ?? DataFolder.defaultPath).domain(domain)
        // Before a judge is trained for nothing.
        try Evaluation.check(sampler.model, ImageForm(domain))
        let judge = try DomainJudge(domain, samples: samples, say: say, check: {})
        let scores = try Evaluation.evaluate(sampler, judge.judge, real: judge.real, samples: samples, seed: seed)
        let classified = classification ? try classify(sampler, domain) : nil
        let result = EvalReport(
            generator: generator, workers: file.workers, domain: domain.name, seed: seed, samples: samples,
            imageScore: scores.imageScore, fid: scores.fid, labelAccuracy: scores.labelAccuracy, classification: classified,
            judge: judge.facts)
        switch format {
        case .json: try printJSON(result)
        case .text: print(result.text(heldOut: domain.test.count))
        }
    }

    private func classify(_ sampler: GeneratorSampler, _ domain: Domain) throws -> Classification {
        say("training a classifier, \(classificationEpochs) epochs on \(classificationImages) generated images")
        var told = Date()
        return try Evaluation.classification(
            sampler, domain, images: classificationImages, epochs: classificationEpochs, seed: seed
        ) { progress in
            guard -told.timeIntervalSinceNow >= 10 else { return }
            told = Date()
            say("classifier: \(Int(progress.fraction * 100)) %, \(progress.remaining.components.seconds) s to go")
        }
    }

    private func say(_ sentence: String) { FileHandle.standardError.write(Data("\(sentence)\n".utf8)) }
}

/// A usage error that names the option and what it allows.
func checkNumber(_ option: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
        throw Failure(
            .usage,
            "Unable to use '\(option)': its value is \(value). Allowed: a whole number from \(range.lowerBound) to "
                + "\(range.upperBound).")
    }
}

/// What `eval` prints; names as in `report.json`.
struct EvalReport: Encodable {
    var generator: String
    var workers: [String]
    var domain: String
    var seed: UInt64
    var samples: Int
    var imageScore: Double
    var fid: Double?
    var labelAccuracy: Double
    var classification: Classification?
    var judge: JudgeFacts

    func text(heldOut: Int) -> String {
        var rows = [
            ("generator", generator), ("domain", "\(domain), compared with \(heldOut) held-out images"),
            ("images", "\(samples), seed \(seed)"),
            ("image score", String(format: "%.3f   (real images %.3f)", imageScore, judge.realScore)),
            ("FID", String(format: "%.3f   (real images %.3f)", fid ?? .nan, judge.realFid ?? .nan)),
            ("label accuracy", String(format: "%.4f   (real images %.4f)", labelAccuracy, judge.accuracy)),
        ]
        if let classification {
            rows.append(("classification", "\(classification.images) generated images, \(classification.epochs) epochs"))
            for (name, value) in [
                ("accuracy", classification.accuracy), ("precision", classification.precision),
                ("recall", classification.recall), ("F1", classification.f1), ("FPR", classification.fpr),
            ] { rows.append(("  \(name)", String(format: "%.4f", value))) }
        }
        return rows.map { $0.0.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }
}
