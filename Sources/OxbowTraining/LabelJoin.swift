import OxbowKernels
import OxbowModel

/// The label embedding of a block: as more columns of a vector, or as the last channel of a map.
enum LabelJoin {
    /// Fills `joined` with `input` and each sample's row of `table`.
    static func forward(_ block: BlockDescription, _ input: Tensor, _ labels: [Int32], _ table: Tensor, into joined: Tensor) {
        let width = block.embeddingWidth
        let channels = block.input.channels
        let positions = block.input.positions
        // A vector takes the whole row at its one position, a map one number at each.
        let taken = width / positions
        for sample in labels.indices {
            let row = table.data + Int(labels[sample]) * width
            for position in 0..<positions {
                let place = sample * positions + position
                let target = joined.data + place * (channels + taken)
                target.update(from: input.data + place * channels, count: channels)
                (target + channels).update(from: row + position * taken, count: taken)
            }
        }
    }

    /// Copies the label's columns out of a gradient of `joined`.
    static func columns(_ block: BlockDescription, of gradient: Tensor, batch: Int, into labelGradient: Tensor) {
        let width = block.embeddingWidth
        let row = block.transformInput.count
        for sample in 0..<batch {
            (labelGradient.data + sample * width).update(from: gradient.data + (sample + 1) * row - width, count: width)
        }
    }
}
