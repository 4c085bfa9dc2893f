import Foundation
import OxbowData
import Testing

@testable import OxbowEvaluation

@Suite struct JudgeTests {
    struct Stopped: Error {}

    @Test(arguments: [(12, 1), (8, 3), (4, 1)]) func twoClassesAreLearnt(_ side: Int, _ channels: Int) throws {
        let domain = try stripes(240, side: side, channels: channels)
        var seen: [Double] = []
        let judge = try Judge.train(on: domain, seed: 1) { seen.append($0.fraction) }
        #expect(judge.quality.accuracy >= 0.95)
        #expect(judge.quality.accuracy == judge.accuracy(on: domain.test))
        #expect((1.5...2.000001).contains(judge.quality.imageScore))
        #expect(seen.last == 1 && seen == seen.sorted() && seen.count <= 100)
    }

    @Test func theSameSeedGivesTheSameJudge() throws {
        let domain = try stripes(100)
        let images = domain.test.floats(Array(0..<domain.test.count))
        let first = try Judge.train(on: domain, seed: 1).probabilities(images: images)
        #expect(try Judge.train(on: domain, seed: 1).probabilities(images: images) == first)
        #expect(try Judge.train(on: domain, seed: 2).probabilities(images: images) != first)
    }

    @Test func rowsBelongToTheirImages() throws {
        let domain = try stripes(300)
        let judge = try Judge.train(on: domain)
        let images = domain.train.floats(Array(0..<150))
        let rows = judge.probabilities(images: images)
        #expect(rows.count == 300)
        for image in 0..<150 { #expect(abs(rows[2 * image] + rows[2 * image + 1] - 1) < 1e-5) }
        #expect(judge.probabilities(images: Array(images[(100 * 144)...])) == Array(rows[200...]))
        #expect(judge.probabilities(images: []).isEmpty)
        let features = images.withUnsafeBufferPointer { judge.features(images: $0) }
        #expect(features.count == 150 * Judge.featureCount)
        #expect(features.allSatisfy { $0 >= 0 } && features.contains { $0 > 0 })
    }

    @Test func imagesTooSmallAreRefused() throws {
        let error = #expect(throws: EvaluationError.self) { try Judge.train(on: stripes(20, side: 3)) }
        #expect(error?.description == "Unable to judge 'stripes': its images are 3 x 3 x 1. Use images of at least 4 x 4 pixels.")
    }

    @Test func aThrowingProgressEndsTheTraining() throws {
        #expect(throws: Stopped.self) { try Judge.train(on: stripes(100)) { _ in throw Stopped() } }
    }

    @Test func everyImageIsShownBeforeOneIsRepeated() {
        var order = ShuffledOrder(of: 10, used: 10, seed: 1)
        let first = order.next(7) + order.next(3)
        let second = order.next(10)
        #expect(first.sorted() == Array(0..<10) && second.sorted() == Array(0..<10))
        #expect(first != second && first != first.sorted())
    }
}
