import OxbowKernels

/// How a small classifier is built and trained.
struct ClassifierRecipe: Hashable, Sendable {
    static let algorithm = ConvolutionAlgorithm.direct

    /// Of the convolutions; images with a side below 12 are padded by 1 in any case.
    var padding: Int
    var batch: Int
    var learningRate: Double
    /// The share of the steps, at the end, in which the learning rate falls to zero.
    var decay: Double
    /// So many images of a set are used at most, drawn by key.
    var most: Int
    /// How often each is shown, until so many images were shown in all.
    var epochs: Double
    var shown: Int
    /// Images of a set of fewer than `small` are moved by up to so many pixels: there are too few to learn that from.
    var shift: Int
    var small: Int

    /// A judge's. It is cached under `judgeVersion`: raise that when anything here or in the layers changes.
    ///
    /// Chosen by measurement for the least time: small batches at a high rate learn more from each image shown than the
    /// usual 64 at 1e-3, at nearly the same price, and a rate that falls to zero saves the last epochs. Seeing 20,000
    /// images eight times makes a judge as certain as long training does (the image score asks for that: it is bounded
    /// by the judge's own doubt), at the accuracy of seeing 60,000 once.
    static let judge = ClassifierRecipe(
        padding: 0, batch: 16, learningRate: 2e-3, decay: 1, most: 20_000, epochs: 12, shown: 160_000, shift: 1,
        small: 10_000)
    static let judgeVersion = 3

    /// The published one for downstream classification: every image in every epoch, at one rate.
    static func downstream(epochs: Int) -> ClassifierRecipe {
        ClassifierRecipe(
            padding: 1, batch: 64, learningRate: 1e-3, decay: 0, most: .max, epochs: Double(epochs), shown: .max, shift: 0,
            small: 0)
    }

    /// How many images of a training set of `count` are used.
    func used(_ count: Int) -> Int { min(count, most) }

    /// Steps for a training set of `count` images.
    func steps(_ count: Int) -> Int {
        let images = min(Double(shown), epochs * Double(used(count)))
        return max(1, Int((images / Double(batch)).rounded(.up)))
    }

    func reach(_ count: Int) -> Int { count < small ? shift : 0 }

    /// Adam for step 0 ..< steps.
    func adam(step: Int, of steps: Int) -> Adam {
        let left = Double(steps - step) / Double(steps)
        return Adam(learningRate: left < decay ? learningRate * (left / decay) : learningRate, beta1: 0.9)
    }
}
