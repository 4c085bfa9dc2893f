import Foundation
import OxbowKernels
import Testing

@Suite struct TableAndLossTests {
    @Test func embeddingGradientsAddUpInRowOrder() {
        let table = Tensor([3, 2], [1, 2, 3, 4, 5, 6])
        let y = Tensor([3, 2]), gradient = Tensor([3, 2])
        Embedding.forward(table, [2, 0, 2], into: y)
        #expect(y.array == [5, 6, 1, 2, 5, 6])
        Embedding.backward(y, [2, 0, 2], addingTo: gradient)
        #expect(gradient.array == [1, 2, 0, 0, 10, 12])
    }

    @Test func theFirstOfEqualMaximaIsChosen() {
        let pool = MaxPool(batch: 1, height: 3, width: 3, channels: 1, kernel: 2, stride: 1)
        let x = Tensor([1, 3, 3, 1], [1, 1, 0, 1, 1, 2, 0, 0, 2])
        let (y, dx) = (Tensor(pool.outputShape), Tensor(x.shape))
        pool.forward(x, into: y)
        #expect(y.array == [1, 2, 1, 2])
        pool.backward(Tensor(pool.outputShape, [1, 2, 3, 4]), into: dx)
        #expect(dx.array == [1, 0, 0, 3, 0, 6, 0, 0, 0])
    }

    @Test func crossEntropyGradientAgreesWithDifferences() {
        var keyed = Keyed(8)
        let logits = keyed.tensor([4, 5]), gradient = Tensor([4, 5])
        let targets: [Int32] = [0, 4, 2, 2]
        Loss.crossEntropy(logits, targets, gradient: gradient)
        for i in 0..<20 {
            let difference = slope(logits, i) { Loss.crossEntropy(logits, targets) }
            #expect(abs(difference - Double(gradient.data[i])) < 1e-5)
        }
    }

    @Test func largeLogitsDoNotOverflow() {
        let gradient = Tensor([1, 3])
        let loss = Loss.crossEntropy(Tensor([1, 3], [1e4, -1e4, 0]), [1], gradient: gradient)
        #expect(loss == 2e4)
        #expect(gradient.array == [1, -1, 0])
    }

    @Test(arguments: [Float(0), 1, 0.9])
    func binaryCrossEntropyGradientAgreesWithDifferences(_ target: Float) {
        var keyed = Keyed(9)
        let logits = keyed.tensor([7, 1]), gradient = Tensor([7, 1])
        let loss = Loss.sigmoidBinaryCrossEntropy(logits, target: target, gradient: gradient, scale: 2)
        let exact = logits.array.reduce(0.0) {
            let p = 1 / (1 + exp(-Double($1)))
            return $0 - (Double(target) * log(p) + (1 - Double(target)) * log(1 - p)) / 7
        }
        #expect(abs(loss - exact) < 1e-9)
        for i in 0..<7 {
            let difference = slope(logits, i) { Loss.sigmoidBinaryCrossEntropy(logits, target: target) }
            #expect(abs(2 * difference - Double(gradient.data[i])) < 1e-5)
        }
    }

    @Test func aSaturatedSampleIsBoundedAndStillLearns() {
        let gradient = Tensor([2])
        let loss = Loss.sigmoidBinaryCrossEntropy(Tensor([2], [500, -500]), target: 0, gradient: gradient)
        #expect(loss == 50)
        #expect(gradient.array == [0.5, 0])
    }

    @Test func adamsFirstStepIsTheLearningRate() {
        let parameter = Tensor([3], [1, 1, 1]), gradient = Tensor([3], [0.5, -2, 1e-3])
        Adam(learningRate: 0.1).update(
            parameter, gradient: gradient, moment1: Tensor([3]), moment2: Tensor([3]), step: 1)
        for (value, expected) in zip(parameter.array, [Float(0.9), 1.1, 0.9]) {
            #expect(abs(value - expected) < 1e-5)
        }
    }
}

@Suite struct KMeansTests {
    private func blobs(_ keyed: inout Keyed) -> [[Double]] {
        (0..<30).map { i in (0..<4).map { _ in Double(10 * (i % 3)) + keyed.uniform() } }
    }

    @Test(arguments: 0..<20)
    func separateBlobsAreFound(_ key: Int) {
        var keyed = Keyed(key)
        let points = blobs(&keyed)
        let found = KMeans.cluster(points, k: 3) { keyed.uniform() }
        for i in points.indices {
            for j in points.indices { #expect((found.assignments[i] == found.assignments[j]) == (i % 3 == j % 3)) }
        }
        #expect(found.inertia < 30)
    }

    @Test func theSameRandomNumbersGiveTheSameBits() {
        var results: [KMeans.Clustering] = []
        for _ in 0..<2 {
            var keyed = Keyed(3)
            let points = (0..<20).map { _ in [keyed.uniform(), keyed.uniform()] }
            results.append(KMeans.cluster(points, k: 4) { keyed.uniform() })
        }
        #expect(results[0] == results[1])
    }

    @Test func equalPointsStillFillEveryCluster() {
        let found = KMeans.cluster(.init(repeating: [1, 2], count: 3), k: 3) { 0.5 }
        #expect(Set(found.assignments) == [0, 1, 2])
        #expect(found.inertia == 0)
    }

    @Test func oneClusterIsTheMean() {
        let found = KMeans.cluster([[0, 0], [2, 4]], k: 1) { 0 }
        #expect(found.centres == [[1, 2]])
        #expect(found.inertia == 10)
    }
}
