import Foundation
import OxbowModel
import OxbowTraining
import Testing

@testable import OxbowEvaluation

@Suite struct ScoreTests {
    private func oneHot(_ labels: [Int], _ classes: Int) -> [Float] {
        labels.flatMap { label in (0..<classes).map { $0 == label ? 1 : 0 } }
    }

    @Test func undecidedJudgeGivesOne() {
        let rows = [Float](repeating: 0.1, count: 10 * 50)
        #expect(abs(ImageScore.of(rows, classes: 10) - 1) < 1e-6)
        #expect(ImageScore.of([], classes: 10) == 1)
    }

    @Test func certainAndBalancedGivesTheNumberOfClasses() {
        #expect(abs(ImageScore.of(oneHot((0..<70).map { $0 % 7 }, 7), classes: 7) - 7) < 1e-12)
        #expect(abs(ImageScore.of(oneHot([Int](repeating: 3, count: 40), 7), classes: 7) - 1) < 1e-12)
    }

    @Test func theScoreIsTheMeanDivergence() {
        let rows: [Float] = [0.5, 0.25, 0.25, 0.125, 0.75, 0.125]
        let marginal = [0.3125, 0.5, 0.1875]
        var sum = 0.0
        for (index, p) in rows.enumerated() { sum += Double(p) * log(Double(p) / marginal[index % 3]) }
        #expect(abs(ImageScore.of(rows, classes: 3) - exp(sum / 2)) < 1e-12)
    }

    @Test func hitsAreCounted() {
        var tally = ScoreTally(classes: 2)
        #expect(tally.accuracy == 0)
        tally.add([0.9, 0.1, 0.2, 0.8], labels: [0, 0])
        tally.add([0.6, 0.4, 0.4, 0.6], labels: [0, 1])
        #expect(tally.accuracy == 0.75)
        #expect(tally.count == 4)
    }

    @Test func generatorsAreScored() throws {
        let parameters = ModelParameters(width: 0.03, imageHeight: 12, imageWidth: 12, classes: 3, noise: 5)
        let judge = try Judge.train(on: stripes(80))
        let sampler = try GeneratorSampler(model: ModelDescription(parameters), tensors: tinyTensors(parameters))
        let scores = try Evaluation.evaluate(sampler, judge, samples: 101, seed: 4)
        #expect(scores.samples == 101)
        #expect((1...2.000001).contains(scores.imageScore))
        #expect((0...1).contains(scores.labelAccuracy))
        #expect(try Evaluation.evaluate(sampler, judge, samples: 101, seed: 4) == scores)
        let other = try GeneratorSampler(model: ModelDescription(tinyParameters), tensors: tinyTensors())
        let error = #expect(throws: EvaluationError.self) { try Evaluation.evaluate(other, judge, seed: 4) }
        #expect(error?.description.contains("12x8x1") == true)
        var diverged = try tinyTensors(parameters)
        diverged.append(NamedTensor(name: "g.4.deconv.bias", shape: [1], values: [.nan]))
        try sampler.install(diverged)
        #expect(throws: EvaluationError.self) { try Evaluation.evaluate(sampler, judge, samples: 10, seed: 4) }
    }
}
