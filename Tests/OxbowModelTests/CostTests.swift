import OxbowModel
import Testing

@Suite struct CostTests {
    let paper = try! ModelDescription(ModelParameters())

    /// `block_gflop` of the published cost model at batch 64.
    @Test func publishedFlop() {
        func gflop(_ network: Network, _ cost: (BlockCost) -> Int) -> [Double] {
            paper[network].blocks.map { Double(64 * cost($0.cost)) / 1e9 }
        }
        #expect(
            gflop(.generator, \.publishedForward) == [0.18464768, 13.169393664, 3.715432448, 13.185449984, 0.058103808])
        #expect(
            gflop(.generator, \.publishedBackward) == [0.187858944, 26.329153536, 7.421231104, 26.351632384, 0.115806208])
        #expect(
            gflop(.discriminator, \.publishedForward) == [0.0602112, 0.826499072, 0.92925952, 0.605601792, 0.000295168])
        #expect(
            gflop(.discriminator, \.publishedBackward)
                == [0.063422464, 1.650188288, 1.855709184, 1.210171392, 0.000590016])
    }

    @Test func aStridedDeconvolutionNeedsAFourthOfWhatIsPublished() {
        #expect(paper[BlockName(.generator, 1)].cost.multiplyAdds == 256 * 128 * 16 * 49)
        #expect(paper[BlockName(.generator, 2)].cost.multiplyAdds == 128 * 128 * 9 * 196)
        #expect(paper[BlockName(.discriminator, 4)].cost.multiplyAdds == 2304)
    }

    @Test func bytesOfOutputs() {
        #expect(paper.generator.blocks.map { 64 * $0.cost.outputBytes }[...3] == [3_211_264, 6_422_528, 6_422_528, 12_845_056])
        #expect(paper.discriminator.blocks.map { 64 * $0.cost.outputBytes }[...3] == [3_211_264, 1_605_632, 1_605_632, 589_824])
    }
}
