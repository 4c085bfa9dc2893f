import OxbowKernels

/// How judges are trained. A judge is cached under `version`: raise it when anything here or in the layers changes.
///
/// Chosen by measurement for the least time: small batches at a high rate learn more from each image shown than the
/// usual 64 at 1e-3, at nearly the same price, and a rate that falls to zero saves the last epochs. Seeing 20,000
/// images eight times makes a judge as certain as long training does (the image score asks for that: it is bounded by
/// the judge's own doubt), at the accuracy of seeing 60,000 once.
struct JudgeRecipe: Hashable, Sendable {
    static let version = 3
    static let algorithm = ConvolutionAlgorithm.direct

    var batch = 16
    var learningRate = 2e-3
    /// The share of the steps, at the end, in which the learning rate falls to zero.
    var decay = 1.0
    /// So many images of a set are used at most, drawn by key.
    var most = 20_000
    /// How often each is shown, until so many images were shown in all.
    var epochs = 12.0
    var shown = 160_000
    /// Images of a set of fewer than `small` are moved by up to so many pixels: there are too few to learn that from.
    var shift = 1
    var small = 10_000

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
        let left = Double(steps - step) / (decay * Double(steps))
        return Adam(learningRate: learningRate * min(1, left), beta1: 0.9)
    }
}
