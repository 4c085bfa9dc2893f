import OxbowKernels
import OxbowModel
import OxbowRandom
import OxbowTraining
import Testing

@Suite struct ImageGeneratorTests {
    @Test func imagesDependOnNoiseAndLabelsAlone() throws {
        let model = try SmallFleet.model()
        let generator = try ImageGenerator(model: model, batch: 3)
        try generator.install(InitialState.draw(model, seed: 3, key: nil))
        let noise = noise(3)
        let images = try generator.images(noise: noise, labels: [0, 1, 2]).array
        #expect(images.count == 3 * model.image.count && images.allSatisfy { abs($0) <= 1 })
        // Running values: the second image is the same beside other ones.
        let other = noise.copy()
        for index in 0..<5 { other.data[index] = 0 }
        let again = try generator.images(noise: other, labels: [2, 1, 0]).array
        let second = model.image.count..<2 * model.image.count
        #expect(relativeError(Array(again[second]), Array(images[second])) < 1e-6)
        #expect(again != images)
    }

    @Test func aBiasInFrontOfABatchNormBelongsToTheRunningMean() throws {
        let model = try SmallFleet.model()
        let generator = try ImageGenerator(model: model, batch: 2)
        let drawn = InitialState.draw(model, seed: 3, key: nil)
        try generator.install(drawn)
        let before = try generator.images(noise: noise(2), labels: [0, 1]).array
        let shifted = NamedTensors(
            drawn.map { tensor in
                let isShifted = ["g.0.linear.bias", "g.0.bn.running_mean", "g.2.deconv.bias", "g.2.bn.running_mean"]
                    .contains(tensor.name)
                return NamedTensor(
                    name: tensor.name, shape: tensor.shape, values: isShifted ? tensor.values.map { $0 + 3 } : tensor.values)
            })
        try generator.install(shifted)
        #expect(relativeError(try generator.images(noise: noise(2), labels: [0, 1]).array, before) < 1e-5)
    }

    @Test func wrongInputsAreRefused() throws {
        let model = try SmallFleet.model()
        let generator = try ImageGenerator(model: model, batch: 2)
        #expect(throws: TrainingError.self) { try generator.images(noise: noise(3), labels: [0, 1]) }
        #expect(throws: TrainingError.self) { try generator.images(noise: noise(2), labels: [0, 3]) }
        #expect(throws: TrainingError.self) { try generator.install(NamedTensors()) }
    }

    private func noise(_ batch: Int) -> Tensor {
        let noise = Tensor([batch, 5])
        var random = RandomStream(seed: 5, purpose: .noise)
        for index in 0..<noise.count { noise.data[index] = random.normal() }
        return noise
    }
}
