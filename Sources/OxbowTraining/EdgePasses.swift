import OxbowModel

/// The worker's segments in each pass of a step. Passes of one segment share its blocks, not their memory.
struct EdgePasses {
    let generatorHead: SegmentPass
    let generatorTail: SegmentPass
    /// D on G's images and on real ones, in the discriminator half.
    let fakeHead: SegmentPass
    let fakeTail: SegmentPass
    let realHead: SegmentPass
    let realTail: SegmentPass
    /// D on G's images in the generator half.
    let judgedHead: SegmentPass
    let judgedTail: SegmentPass

    init(_ held: HeldBlocks, _ segments: Segments, slot: Int, batch: Int, workspace: Workspace) throws {
        func pass(_ network: Network, _ blocks: Range<Int>, keeps: Bool = true) throws -> SegmentPass {
            try SegmentPass(
                held[network, blocks], parts: [Part(slot: slot, batch: batch, blocks: blocks)], workspace: workspace,
                keepsInputGradient: keeps)
        }
        let (g, d) = (segments.generator, segments.discriminator)
        generatorHead = try pass(.generator, g.head, keeps: false)
        generatorTail = try pass(.generator, g.tail)
        fakeHead = try pass(.discriminator, d.head, keeps: false)
        fakeTail = try pass(.discriminator, d.tail)
        realHead = try pass(.discriminator, d.head, keeps: false)
        realTail = try pass(.discriminator, d.tail)
        judgedHead = try pass(.discriminator, d.head)
        judgedTail = try pass(.discriminator, d.tail)
    }

    /// In the order in which running values move.
    var trainingD: [SegmentPass] { [fakeHead, fakeTail, realHead, realTail] }
    var judging: [SegmentPass] { [judgedHead, judgedTail] }
    var all: [SegmentPass] { [generatorHead, generatorTail] + trainingD + judging }
}
