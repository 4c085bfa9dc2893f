import OxbowModel
import Testing

@Suite struct ModelDescriptionTests {
    let paper = try! ModelDescription(ModelParameters())

    @Test func thePapersNetworksHaveThePapersParameters() {
        #expect(paper.generator.parameterCount == 2_221_925)
        #expect(paper.discriminator.parameterCount == 816_737)
    }

    @Test func blocksHaveThePapersOutputs() {
        func sizes(_ network: Network) -> [[Int]] {
            paper[network].blocks.map { [$0.output.channels, $0.output.height, $0.output.width] }
        }
        #expect(sizes(.generator) == [[256, 7, 7], [128, 14, 14], [128, 14, 14], [64, 28, 28], [1, 28, 28]])
        #expect(sizes(.discriminator) == [[64, 14, 14], [128, 7, 7], [128, 7, 7], [256, 3, 3], [1, 1, 1]])
        #expect(paper.signalBlock.description == "d.2")
        #expect(paper.image == FeatureShape(height: 28, width: 28, channels: 1))
    }

    @Test func tensorsHavePyTorchsNamesAndShapes() {
        let tensors = paper.generator.tensors + paper.discriminator.tensors
        let shapes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
        #expect(shapes["g.0.linear.weight"] == [12544, 110])
        #expect(shapes["g.1.deconv.weight"] == [256, 128, 4, 4])
        #expect(shapes["g.4.deconv.bias"] == [1])
        #expect(shapes["d.0.embed.weight"] == [10, 784])
        #expect(shapes["d.0.conv.weight"] == [64, 2, 4, 4])
        #expect(shapes["d.4.linear.weight"] == [1, 2304])
        #expect(shapes["g.0.bn.running_mean"] == [12544])
        #expect(shapes["g.4.bn.weight"] == nil)
    }

    @Test func initialBoundsArePyTorchs() {
        #expect(paper[BlockName(.generator, 1)].tensor(.weight)?.initial == .uniform(bound: 1 / 2048.0.squareRoot()))
        #expect(paper[BlockName(.discriminator, 1)].tensor(.bias)?.initial == .uniform(bound: 1.0 / 32))
        #expect(paper[BlockName(.generator, 0)].tensor(.embedding)?.initial == .normal)
        #expect(paper[BlockName(.generator, 0)].tensor(.runningVariance)?.initial == .constant(1))
    }

    @Test(arguments: [8, 16, 32, 64]) func otherSizesFit(_ size: Int) throws {
        let parameters = ModelParameters(width: 0.001, imageHeight: size, imageWidth: size + 4, imageChannels: 3)
        let model = try ModelDescription(parameters)
        let image = FeatureShape(height: size, width: size + 4, channels: 3)
        #expect(model.generator.blocks[4].output == image && model.image == image)
        #expect(model.discriminator.blocks.allSatisfy { $0.output.channels >= 1 && $0.output.height >= 1 })
    }

    @Test(arguments: [
        ModelParameters(width: 0), ModelParameters(width: .nan), ModelParameters(width: -.infinity),
        ModelParameters(imageHeight: 30), ModelParameters(imageWidth: 4), ModelParameters(imageChannels: 0),
        ModelParameters(classes: 0), ModelParameters(noise: -1),
    ]) func impossibleNumbersAreRefused(_ parameters: ModelParameters) {
        #expect(throws: ModelError.self) { try ModelDescription(parameters) }
    }

    @Test func refusalsSayWhatToChoose() {
        let error = #expect(throws: ModelError.self) { try ModelDescription(ModelParameters(imageHeight: 30)) }
        #expect(
            error?.description
                == "Unable to build the model with 'image height 30': two strides of 2 need a multiple of 4 from 8 to 1024.")
    }

    @Test func blockNamesAreReadAndOrdered() {
        #expect(BlockName("g.1.deconv.weight") == BlockName(.generator, 1))
        #expect(BlockName("d.4") == BlockName(.discriminator, 4))
        for text in ["", "g", "x.1", "g.x", "g.-1"] { #expect(BlockName(text) == nil) }
        #expect(paper.blockNames == paper.blockNames.sorted())
        #expect(paper.blockNames.count == 10)
    }
}
