import OxbowKernels
import OxbowModel
import OxbowRandom
import OxbowTraining

/// Tensors whose values do not matter but are like those of a real step in size.
enum Noise {
    static func tensors(_ shapes: (_ exchange: Int) throws -> [[Int]]) rethrows -> [Int: [Tensor]] {
        var result: [Int: [Tensor]] = [:]
        for exchange in ModelDescription.exchanges {
            // Gradients are small beside activations.
            let isGradient = [3, 5, 6].contains(exchange)
            result[exchange] = try shapes(exchange).map { tensor($0, bound: isGradient ? 0.01 : 1) }
        }
        return result
    }

    static func tensor(_ shape: [Int], bound: Float) -> Tensor {
        let tensor = Tensor(shape)
        var random = RandomStream(seed: 1, purpose: .simulation)
        for index in 0..<tensor.count { tensor.data[index] = random.symmetric(bound) }
        return tensor
    }
}

/// The same images in every step.
struct NoiseBatch: BatchSource {
    let pixels: Tensor
    let classes: Int

    init(_ model: ModelDescription, _ batch: Int) {
        pixels = Noise.tensor([batch, model.image.height, model.image.width, model.image.channels], bound: 1)
        classes = model.parameters.classes
    }

    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        images.data.update(from: pixels.data, count: min(images.count, pixels.count))
        for index in labels.indices { labels[index] = Int32(index % classes) }
    }
}
