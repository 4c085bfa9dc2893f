import OxbowData
import OxbowKernels
import OxbowRandom

/// Training images moved by a few pixels at random: a small set then serves for several epochs without being learnt
/// by heart.
struct ShiftedImages {
    let images: ImageSet
    /// Up to so many pixels in each direction.
    let reach: Int
    private var random: RandomStream

    init(_ images: ImageSet, reach: Int, seed: UInt64) {
        self.images = images
        self.reach = reach
        // Slots 0 and 1 belong to the initial values and the order.
        random = RandomStream(seed: seed, purpose: .judges, slot: 2)
    }

    /// Fills `batch` (N, H, W, C) with the images at `indices`, in [-1, 1], and sets their labels.
    mutating func fill(_ indices: [Int], into batch: Tensor, labels: inout [Int32]) {
        images.fill(indices, images: batch.buffer, labels: &labels)
        guard reach > 0 else { return }
        for image in indices.indices {
            let (down, right) = (random.below(2 * reach + 1) - reach, random.below(2 * reach + 1) - reach)
            shift(batch.data + image * images.imageSize, down, right)
        }
    }

    /// Moves one image in place; at the side that becomes free its border is repeated.
    private func shift(_ image: UnsafeMutablePointer<Float>, _ down: Int, _ right: Int) {
        let (height, width, channels) = (images.height, images.width, images.channels)
        let row = width * channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: images.imageSize) { original in
            let source = original.baseAddress!
            source.initialize(from: image, count: images.imageSize)
            for y in 0..<height {
                let line = source + min(max(y - down, 0), height - 1) * row
                for x in 0..<width {
                    let from = line + min(max(x - right, 0), width - 1) * channels
                    for channel in 0..<channels { image[y * row + x * channels + channel] = from[channel] }
                }
            }
        }
    }
}
