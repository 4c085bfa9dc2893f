import OxbowModel
import Testing

@Suite struct SegmentTests {
    let paper = try! ModelDescription(ModelParameters())

    @Test func cutsDivideTheNetworks() throws {
        let cuts = Cuts(generatorHead: 1, generatorTail: 0, discriminatorHead: 0, discriminatorTail: 1)
        let segments = try paper.segments(for: cuts)
        #expect(segments.generator.head == 0..<2 && segments.generator.core == 2..<4 && segments.generator.tail == 4..<5)
        #expect(segments.discriminator.head == 0..<1 && segments.discriminator.core == 1..<3)
        #expect(segments.discriminator.tail == 3..<5)
        #expect(segments.holds(.generator, 1) && !segments.holds(.generator, 3))
        #expect(!segments.holds(.discriminator, 1) && segments.holds(.discriminator, 3))
    }

    @Test func theCoreBlockStaysInTheCore() throws {
        for cuts in paper.admissibleCuts {
            let segments = try paper.segments(for: cuts)
            for network in Network.allCases {
                #expect(segments[network].core.contains(2))
                #expect(segments.holds(network, 0) && segments.holds(network, 4))
            }
        }
        #expect(paper.admissibleCuts.count == 16)
        #expect(paper.admissibleCuts.first == .minimal && paper.admissibleCuts.last == paper.maximalCuts)
    }

    @Test func otherCutsAreRefused() {
        for values in [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, -1, 0], [0, 0, 0, 9]] {
            #expect(throws: ModelError.self) { try paper.segments(for: Cuts(values) ?? .minimal) }
        }
    }

    @Test func exchangesHaveTheBytesOfTheMethod() throws {
        func bytes(_ exchange: Int, up: Bool, _ cuts: Cuts) throws -> [Int] {
            try paper.shape(of: exchange, up: up, cuts: cuts, batch: 64).map { $0.reduce(4, *) }
        }
        let most = paper.maximalCuts
        #expect(try bytes(1, up: true, .minimal) == [3_211_264] && bytes(1, up: true, most) == [6_422_528])
        #expect(try bytes(1, up: false, .minimal) == [12_845_056] && bytes(1, up: false, most) == [6_422_528])
        #expect(try bytes(2, up: true, .minimal) == [3_211_264, 3_211_264] && bytes(4, up: true, most) == [1_605_632])
        #expect(try bytes(2, up: false, .minimal) == [589_824, 589_824] && bytes(4, up: false, most) == [1_605_632])
        #expect(try bytes(7, up: true, most) == [])
    }

    @Test func gradientsHaveTheShapesOfTheirActivations() throws {
        for cuts in paper.admissibleCuts {
            for (forward, backward) in [(1, 6), (2, 3), (4, 5)] {
                for up in [true, false] {
                    let activations = try paper.shape(of: forward, up: up, cuts: cuts, batch: 3)
                    #expect(try paper.shape(of: backward, up: !up, cuts: cuts, batch: 3) == activations)
                }
            }
        }
    }

    @Test func aStepMoves32To67Megabytes() throws {
        let bytes = try paper.admissibleCuts.map { try paper.stepBytes(cuts: $0, batch: 64) }
        #expect(bytes.allSatisfy { $0 >= 32_000_000 && $0 < 68_000_000 })
    }
}
