import OxbowData
import OxbowKernels

/// A classifier trained on a domain's real training images, by which generated ones are scored.
///
/// `@unchecked Sendable`: used by one thread at a time; it may move between threads, as its primitives may.
public final class Judge: @unchecked Sendable {
    /// Numbers in a row of `features`.
    public static let featureCount = ClassifierNetwork.features

    /// Images judged at a time.
    static let batch = 64

    public let form: ImageForm
    /// How it does on the real test images of its domain.
    public let quality: Quality
    private let network: ClassifierNetwork

    /// What a judge says of real images that it never saw.
    public struct Quality: Codable, Hashable, Sendable {
        /// Share of test images whose class it sees.
        public var accuracy: Double
        /// The image score of the test images: what a perfect generator could reach.
        public var imageScore: Double

        public init(accuracy: Double, imageScore: Double) {
            self.accuracy = accuracy
            self.imageScore = imageScore
        }
    }

    /// The network's parameters are packed.
    init(_ network: ClassifierNetwork, _ quality: Quality) {
        self.network = network
        self.form = network.form
        self.quality = quality
    }

    /// Names, shapes and values, for the cache.
    var parameters: [(name: String, shape: [Int], values: [Float])] {
        network.parameters.map { ($0.name, $0.values.shape, $0.values.array) }
    }

    /// Trains on the domain's training images and measures on its test images; the same seed gives the same judge.
    ///
    /// `progress` is called on this thread, at most a hundred times; what it throws ends the training. Throws
    /// `EvaluationError` for images with a side below 4, and `KernelError`.
    public static func train(
        on domain: Domain, seed: UInt64 = 0, progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> Judge {
        try train(on: domain, seed: seed, recipe: .judge, progress: progress)
    }

    static func train(
        on domain: Domain, seed: UInt64, recipe: ClassifierRecipe, progress: (TrainingProgress) throws -> Void
    ) throws -> Judge {
        guard min(domain.height, domain.width) >= ClassifierNetwork.leastSide else {
            let reason = "its images are \(domain.form)"
            throw EvaluationError("judge", domain.name, reason, "Use images of at least 4 x 4 pixels.")
        }
        let form = ImageForm(domain)
        let training = try ClassifierTraining(form, domain.train, seed: seed, recipe: recipe)
        try training.run(progress)
        // A network of its own: training's also holds gradients and moments.
        let network = try ClassifierNetwork(form, batch: Self.batch, padding: recipe.padding)
        for (ours, trained) in zip(network.parameters, training.network.parameters) {
            ours.values.copy(from: trained.values)
        }
        network.pack()
        let unmeasured = Judge(network, Quality(accuracy: 0, imageScore: 1))
        return Judge(network, unmeasured.measure(domain.test))
    }

    // MARK: Judging

    /// The probability of each class, a row of `form.classes` for each image.
    ///
    /// `images` are (N, H, W, C) in [-1, 1].
    public func probabilities(images: UnsafeBufferPointer<Float>) -> [Float] {
        judgements(images: images).probabilities
    }

    public func probabilities(images: [Float]) -> [Float] {
        images.withUnsafeBufferPointer { probabilities(images: $0) }
    }

    /// Outputs of the layer before the last, after ReLU: a row of 128 for each image (N, H, W, C) in [-1, 1].
    public func features(images: UnsafeBufferPointer<Float>) -> [Float] {
        judgements(images: images).features
    }

    /// Both at once, by one pass over the images.
    public func judgements(images: UnsafeBufferPointer<Float>) -> (probabilities: [Float], features: [Float]) {
        precondition(images.count % form.imageSize == 0, "\(images.count) numbers are not images of \(form)")
        let count = images.count / form.imageSize
        var (probabilities, features): ([Float], [Float]) = ([], [])
        probabilities.reserveCapacity(count * form.classes)
        features.reserveCapacity(count * Self.featureCount)
        for start in stride(from: 0, to: count, by: network.batch) {
            // Of the last batch the rest are leftovers.
            let taken = min(network.batch, count - start)
            let source = images.baseAddress! + start * form.imageSize
            network.input.data.update(from: source, count: taken * form.imageSize)
            network.forward()
            features.append(contentsOf: network.hiddenFeatures.buffer[..<(taken * Self.featureCount)])
            probabilities.append(
                contentsOf: softmax(network.logits, width: form.classes)[..<(taken * form.classes)])
        }
        return (probabilities, features)
    }

    /// Share of the images whose label is the likeliest class.
    public func accuracy(on images: ImageSet) -> Double { measure(images).accuracy }

    private func measure(_ images: ImageSet) -> Quality {
        var tally = ScoreTally(classes: form.classes)
        for start in stride(from: 0, to: images.count, by: network.batch) {
            let indices = Array(start..<min(start + network.batch, images.count))
            tally.add(probabilities(images: images.floats(indices)), labels: indices.map { Int32(images.labels[$0]) })
        }
        return Quality(accuracy: tally.accuracy, imageScore: tally.imageScore)
    }
}
