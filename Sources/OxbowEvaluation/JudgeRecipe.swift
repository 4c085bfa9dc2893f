import OxbowKernels

/// How judges are trained. A judge is cached under `version`: raise it when anything here or in the layers changes.
struct JudgeRecipe: Hashable, Sendable {
    static let version = 1
    static let algorithm = ConvolutionAlgorithm.direct

    var batch = 16
    var learningRate = 2e-3
    /// The share of the steps, at the end, in which the learning rate falls to zero.
    var decay = 1.0
    /// Images shown: a small set is shown several times, at most `epochs`, until `shown` are reached.
    var shown = 40_000
    var epochs = 8.0

    /// Images of a set that is shown several times are moved by up to so many pixels.
    var shift = 1

    func reach(_ count: Int) -> Int { steps(count) * batch >= 2 * count ? shift : 0 }

    /// Steps for a training set of `count` images.
    func steps(_ count: Int) -> Int {
        let images = max(Double(count), min(Double(shown), epochs * Double(count)))
        return max(1, Int((images / Double(batch)).rounded(.up)))
    }

    /// Adam for step 0 ..< steps.
    func adam(step: Int, of steps: Int) -> Adam {
        let left = Double(steps - step) / (decay * Double(steps))
        return Adam(learningRate: learningRate * min(1, left), beta1: 0.9)
    }
}
