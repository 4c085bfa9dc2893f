import OxbowData
import OxbowModel
import OxbowRandom
import OxbowTraining
import Testing

@testable import OxbowEvaluation

@Suite struct ConfusionMatrixTests {
    private func matrix(_ rows: [[Int]]) -> ConfusionMatrix {
        var matrix = ConfusionMatrix(classes: rows.count)
        for (actual, row) in rows.enumerated() {
            for (predicted, times) in row.enumerated() { matrix.add(actual: actual, predicted: predicted, times: times) }
        }
        return matrix
    }

    @Test func twoClassesByHand() {
        // Class 0: 6 hits, 2 misses, 1 false alarm; class 1: 3 hits, 1 miss, 2 false alarms.
        let matrix = matrix([[6, 2], [1, 3]])
        #expect(matrix.total == 12 && matrix[0, 1] == 2)
        #expect(matrix.accuracy == 9.0 / 12)
        #expect(abs(matrix.precision - (6.0 / 7 + 3.0 / 5) / 2) < 1e-15)
        #expect(abs(matrix.recall - (6.0 / 8 + 3.0 / 4) / 2) < 1e-15)
        #expect(abs(matrix.f1 - (12.0 / 15 + 6.0 / 9) / 2) < 1e-15)
        #expect(abs(matrix.fpr - (1.0 / 4 + 2.0 / 8) / 2) < 1e-15)
    }

    @Test func allRightAndAllWrong() {
        let right = matrix([[2, 0, 0], [0, 3, 0], [0, 0, 1]])
        #expect([right.accuracy, right.precision, right.recall, right.f1] == [1, 1, 1, 1] && right.fpr == 0)
        let wrong = matrix([[0, 2], [5, 0]])
        #expect([wrong.accuracy, wrong.precision, wrong.recall, wrong.f1] == [0, 0, 0, 0] && wrong.fpr == 1)
    }

    /// Values by scikit-learn 1.9 with average='macro'; class 2 never occurs but is predicted.
    @Test func aClassThatNeverOccursHasNoRecall() {
        let matrix = matrix([[5, 1, 0, 2], [0, 7, 3, 0], [0, 0, 0, 0], [1, 2, 0, 4]])
        #expect(abs(matrix.accuracy - 0.64) < 1e-15)
        #expect(abs(matrix.precision - 0.55) < 1e-15)
        #expect(abs(matrix.recall - 0.47410714285714284) < 1e-15)
        #expect(abs(matrix.f1 - 0.5074175824175824) < 1e-15)
        #expect(abs(matrix.fpr - 0.12248366013071896) < 1e-15)
    }

    @Test func aClassThatIsNeverPredictedHasNoPrecision() {
        let matrix = matrix([[4, 0], [4, 0]])
        #expect(matrix.accuracy == 0.5 && matrix.precision == 0.25 && matrix.recall == 0.5)
        #expect(abs(matrix.f1 - (8.0 / 12) / 2) < 1e-15)
        #expect(matrix.fpr == 0.5)
    }

    @Test func aClassThatIsInNeitherDoesNotCount() {
        let (three, two) = (matrix([[3, 0, 1], [0, 0, 0], [2, 0, 2]]), matrix([[3, 1], [2, 2]]))
        #expect([three.precision, three.recall, three.f1, three.fpr] == [two.precision, two.recall, two.f1, two.fpr])
    }

    @Test func nothingIsZero() {
        let empty = ConfusionMatrix(classes: 3)
        #expect([empty.accuracy, empty.precision, empty.recall, empty.f1, empty.fpr] == [0, 0, 0, 0, 0])
        let one = matrix([[7]])
        #expect(one.accuracy == 1 && one.precision == 1 && one.fpr == 0)
    }
}

@Suite struct ClassificationTests {
    struct Stopped: Error {}
    private let parameters = ModelParameters(width: 0.03, imageHeight: 12, imageWidth: 12, classes: 3, noise: 5)

    private func sampler() throws -> GeneratorSampler {
        try GeneratorSampler(model: ModelDescription(parameters), tensors: tinyTensors(parameters))
    }

    private func classification(_ seed: UInt64, images: Int = 130, epochs: Int = 2) throws -> Classification {
        try Evaluation.classification(sampler(), stripes(200), images: images, epochs: epochs, seed: seed)
    }

    @Test func theClassifierLearnsWhatCanBeLearnt() throws {
        let domain = try stripes(240)
        let training = try ClassifierTraining(ImageForm(domain), domain.train, seed: 3, recipe: .downstream(epochs: 15))
        try training.run { _ in }
        let confusion = training.network.confusion(on: domain.test)
        #expect(confusion.total == domain.test.count)
        #expect(confusion.accuracy >= 0.95, "\(confusion.accuracy)")
    }

    @Test func itsLayersAreThePublishedOnes() throws {
        let form = ImageForm(height: 28, width: 28, channels: 1, classes: 10)
        let network = try ClassifierNetwork(form, batch: 2, padding: ClassifierRecipe.downstream(epochs: 1).padding)
        let shapes = network.parameters.filter { $0.values.shape.count > 1 }.map { $0.values.count }
        #expect(shapes == [32 * 9, 64 * 32 * 9, 128 * 64 * 7 * 7, 10 * 128])
        let recipe = ClassifierRecipe.downstream(epochs: 15)
        #expect(recipe.steps(30_000) == 7032 && recipe.batch == 64 && recipe.reach(10) == 0)
        #expect(recipe.adam(step: 0, of: 10) == recipe.adam(step: 9, of: 10))
        #expect(recipe.adam(step: 9, of: 10).learningRate == 1e-3)
        // A judge's rate falls to zero.
        #expect(ClassifierRecipe.judge.adam(step: 5, of: 10).learningRate == 1e-3)
    }

    @Test func theSameSeedGivesTheSameScores() throws {
        let first = try classification(1)
        #expect((first.images, first.epochs) == (130, 2))
        for value in [first.accuracy, first.precision, first.recall, first.f1, first.fpr] { #expect((0...1).contains(value)) }
        #expect(try classification(1) == first)
    }

    @Test func progressRisesToTheEndAndCanStopIt() throws {
        var seen: [Double] = []
        _ = try Evaluation.classification(sampler(), stripes(60), images: 100, epochs: 2, seed: 1) { seen.append($0.fraction) }
        #expect(seen == seen.sorted() && abs((seen.last ?? 0) - 1) < 1e-12)
        for stop in [0.0, 0.5] {
            #expect(throws: Stopped.self) {
                try Evaluation.classification(sampler(), stripes(60), images: 100, epochs: 2, seed: 1) {
                    if $0.fraction > stop { throw Stopped() }
                }
            }
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let other = try GeneratorSampler(model: ModelDescription(tinyParameters), tensors: tinyTensors())
        #expect(throws: EvaluationError.self) {
            try Evaluation.classification(other, stripes(60), images: 10, epochs: 1, seed: 1)
        }
        var diverged = try tinyTensors(parameters)
        diverged.append(NamedTensor(name: "g.4.deconv.bias", shape: [1], values: [.nan]))
        let broken = try GeneratorSampler(model: ModelDescription(parameters), tensors: diverged)
        #expect(throws: EvaluationError.self) {
            try Evaluation.classification(broken, stripes(60), images: 10, epochs: 1, seed: 1)
        }
    }

    @Test func meansAreWeighted() {
        func scores(_ value: Double, fid: Double?) -> Scores {
            Scores(samples: 10, imageScore: value, labelAccuracy: value / 10, fid: fid)
        }
        let mean = Scores.mean([(scores(2, fid: 8), 1), (scores(5, fid: 4), 3)])
        #expect(mean == Scores(samples: 10, imageScore: 4.25, labelAccuracy: 0.425, fid: 5))
        #expect(Scores.mean([(scores(2, fid: 8), 1), (scores(5, fid: nil), 3)]).fid == nil)
        func classified(_ v: Double) -> Classification {
            Classification(accuracy: v, precision: v, recall: v, f1: v, fpr: v, images: 9, epochs: 2)
        }
        #expect(Classification.mean([(classified(0.5), 2), (classified(0.75), 2)]) == classified(0.625))
    }
}
