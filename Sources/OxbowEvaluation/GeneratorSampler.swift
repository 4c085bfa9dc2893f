import OxbowKernels
import OxbowModel
import OxbowRandom
import OxbowTraining

/// A whole G that makes images by keyed noise: batch norm by running values, primitives made once.
///
/// Image i of a series depends on the seed, i and its label only, never on the batch or on its neighbours. Used by one
/// thread at a time.
public final class GeneratorSampler {
    /// What images are for; each series has noise of its own.
    public enum Series: UInt32, Hashable, Sendable {
        /// To be scored.
        case scores = 0
        /// To be looked at, round after round.
        case grid = 1
        /// That somebody asked for.
        case samples = 2
        /// That a classifier is trained on.
        case classification = 3
    }

    public let model: ModelDescription
    private let generator: ImageGenerator
    private let noise: Tensor

    /// `tensors`: all of G's, names g.<block>..., PyTorch's shapes and layouts; others are not looked at.
    ///
    /// Throws `KernelError`, or `TrainingError` for a tensor that is missing or has another shape.
    public init(model: ModelDescription, tensors: NamedTensors, batch: Int = 50) throws {
        self.model = model
        generator = try ImageGenerator(model: model, batch: batch)
        try generator.install(tensors)
        noise = Tensor([batch, model.parameters.noise])
    }

    /// Replaces all of G's tensors, as after a round; throws `TrainingError`, having changed nothing.
    public func install(_ tensors: NamedTensors) throws { try generator.install(tensors) }

    /// One image for each label, (N, H, W, C) in [-1, 1]; the first is number `first` of the series.
    ///
    /// Throws `TrainingError` for a label outside the model's classes.
    public func images(
        labels: [Int32], seed: UInt64, series: Series = .samples, first: Int = 0
    ) throws -> [Float] {
        var images: [Float] = []
        images.reserveCapacity(labels.count * model.image.count)
        try forEachBatch(labels: labels, seed: seed, series: series, first: first) { batch, _ in
            images.append(contentsOf: batch)
        }
        return images
    }

    /// The same images batch by batch, each with its positions in `labels`, so that few are in memory at once.
    public func forEachBatch(
        labels: [Int32], seed: UInt64, series: Series = .samples, first: Int = 0,
        _ body: (UnsafeBufferPointer<Float>, Range<Int>) throws -> Void
    ) throws {
        for start in stride(from: 0, to: labels.count, by: generator.batch) {
            let range = start..<min(start + generator.batch, labels.count)
            drawNoise(seed, series, first: first + start, count: range.count)
            // The primitives want whole batches: the last one is filled up with label 0 and old noise.
            let filling = [Int32](repeating: 0, count: generator.batch - range.count)
            let images = try generator.images(noise: noise, labels: Array(labels[range]) + filling)
            try body(UnsafeBufferPointer(rebasing: images.buffer[..<(range.count * model.image.count)]), range)
        }
    }

    private func drawNoise(_ seed: UInt64, _ series: Series, first: Int, count: Int) {
        let length = model.parameters.noise
        for row in 0..<count {
            let drawn = series.noise(seed, first + row, length: length)
            (noise.data + row * length).update(from: drawn, count: length)
        }
    }
}

extension GeneratorSampler.Series {
    /// The noise of image `index` of this series, `length` numbers.
    public func noise(_ seed: UInt64, _ index: Int, length: Int) -> [Float] {
        var random = RandomStream(
            seed: seed, purpose: .evaluation, slot: rawValue, round: UInt32(truncatingIfNeeded: index >> 32),
            step: UInt32(truncatingIfNeeded: index))
        return (0..<length).map { _ in random.normal() }
    }
}
