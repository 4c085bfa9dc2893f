import OxbowModel
import OxbowRandom
import OxbowTraining
import Testing

@testable import OxbowEvaluation

@Suite struct GeneratorSamplerTests {
    @Test(arguments: [1, 3]) func imagesAreThoseOfThePlainDefinition(_ channels: Int) throws {
        var parameters = tinyParameters
        parameters.imageChannels = channels
        let tensors = try tinyTensors(parameters)
        let sampler = try GeneratorSampler(model: ModelDescription(parameters), tensors: tensors, batch: 4)
        let labels: [Int32] = [0, 2, 1, 1, 0, 2]
        let images = try sampler.images(labels: labels, seed: 9, series: .scores)
        let plain = PlainGenerator(parameters: parameters, tensors: tensors)
        let size = sampler.model.image.count
        #expect(images.count == labels.count * size)
        for (index, label) in labels.enumerated() {
            var random = RandomStream(seed: 9, purpose: .evaluation, step: UInt32(index))
            let noise = (0..<parameters.noise).map { _ in random.normal() }
            let expected = plain.image(noise: noise, label: Int(label))
            let ours = images[(index * size)..<((index + 1) * size)]
            let worst = zip(ours, expected).map { abs(Double($0) - $1) }.max() ?? 1
            #expect(worst < 1e-5, "image \(index) is off by \(worst)")
        }
        #expect(images.contains { abs($0) > 0.05 })
    }

    @Test func anImageDependsOnItsNumberAndLabelOnly() throws {
        let sampler = try GeneratorSampler(model: ModelDescription(tinyParameters), tensors: tinyTensors(), batch: 4)
        let size = sampler.model.image.count
        let all = try sampler.images(labels: [0, 1, 2, 0, 1, 2], seed: 1)
        #expect(try sampler.images(labels: [2, 0], seed: 1, first: 2) == Array(all[(2 * size)..<(4 * size)]))
        #expect(try sampler.images(labels: [0, 1, 2, 0, 1, 2], seed: 1) == all)
        #expect(try sampler.images(labels: [0], seed: 2) != Array(all[..<size]))
        #expect(try sampler.images(labels: [0], seed: 1, series: .grid) != Array(all[..<size]))
        #expect(try sampler.images(labels: [], seed: 1).isEmpty)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let model = try ModelDescription(tinyParameters)
        let sampler = try GeneratorSampler(model: model, tensors: tinyTensors(), batch: 4)
        #expect(throws: TrainingError.self) { try sampler.images(labels: [3], seed: 1) }
        #expect(throws: TrainingError.self) { try GeneratorSampler(model: model, tensors: NamedTensors()) }
        var wrong = try tinyTensors()
        wrong.append(NamedTensor(name: "g.4.deconv.bias", shape: [2], values: [0, 0]))
        #expect(throws: TrainingError.self) { try sampler.install(wrong) }
    }

    @Test func gridsRepeat() throws {
        let sampler = try GeneratorSampler(model: ModelDescription(tinyParameters), tensors: tinyTensors())
        let file = try SampleGrid.png(sampler, seed: 5)
        #expect(try SampleGrid.png(sampler, seed: 5) == file)
        let picture = try PNG.decode(file)
        #expect((picture.width, picture.height) == (10 * (8 * 2 + 2) + 2, 3 * (12 * 2 + 2) + 2))
        #expect(try SampleGrid.png(sampler, seed: 6) != file)
        #expect(try PNG.decode(SampleGrid.png(sampler, seed: 5, classes: 2, scale: 1)).height == 2 * 14 + 2)
    }

    @Test(arguments: [2, 4]) func gridsShowOtherChannels(_ channels: Int) throws {
        var parameters = tinyParameters
        parameters.imageChannels = channels
        let sampler = try GeneratorSampler(model: ModelDescription(parameters), tensors: tinyTensors(parameters))
        #expect(try PNG.decode(SampleGrid.png(sampler, seed: 5)).channels == (channels == 4 ? 3 : 1))
    }

    @Test func gridsMayHavePlacesLeft() throws {
        let grid = ImageGrid(rows: 2, columns: 2, height: 1, width: 1, gap: 1)
        let raster = grid.render([1, -1, 1])
        #expect((raster.width, raster.height) == (5, 5))
        #expect(raster.pixels[1 * 5 + 1] == 255 && raster.pixels[1 * 5 + 3] == 0 && raster.pixels[3 * 5 + 1] == 255)
        #expect(raster.pixels[3 * 5 + 3] == ImageGrid.ground)
    }
}
