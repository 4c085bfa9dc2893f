import OxbowData
import OxbowKernels
import OxbowRandom

/// How far the training of a classifier is.
public struct TrainingProgress: Hashable, Sendable {
    /// 0 ... 1
    public let fraction: Double
    /// An estimate from the time spent so far.
    public let remaining: Duration

    /// An estimate of what remains, from the time that the fraction took.
    init(fraction: Double, since start: ContinuousClock.Instant) {
        self.fraction = fraction
        remaining = (ContinuousClock.now - start) * ((1 - fraction) / fraction)
    }
}

/// One training of a classifier: shuffled batches, cross entropy, Adam.
struct ClassifierTraining {
    let network: ClassifierNetwork
    let images: ImageSet
    let recipe: ClassifierRecipe
    private let seed: UInt64
    private let scratch: ClassifierNetwork.Scratch
    private let logitGradient: Tensor

    /// Throws `KernelError`.
    init(_ form: ImageForm, _ images: ImageSet, seed: UInt64, recipe: ClassifierRecipe) throws(KernelError) {
        self.images = images
        self.recipe = recipe
        self.seed = seed
        network = try ClassifierNetwork(form, batch: recipe.batch, padding: recipe.padding)
        network.drawParameters(seed: seed)
        scratch = ClassifierNetwork.Scratch(network)
        logitGradient = Tensor(network.logits.shape)
    }

    /// Runs all steps; what `progress` throws ends the training.
    func run(_ progress: (TrainingProgress) throws -> Void) throws {
        let steps = recipe.steps(images.count)
        let start = ContinuousClock.now
        var order = ShuffledOrder(of: images.count, used: recipe.used(images.count), seed: seed)
        var batches = ShiftedImages(images, reach: recipe.reach(images.count), seed: seed)
        var labels: [Int32] = []
        for step in 0..<steps {
            batches.fill(order.next(recipe.batch), into: network.input, labels: &labels)
            network.forward()
            Loss.crossEntropy(network.logits, labels, gradient: logitGradient)
            network.backward(logitGradient, scratch)
            let adam = recipe.adam(step: step, of: steps)
            for parameter in network.parameters { parameter.update(adam, step: step + 1) }
            network.pack()
            if (step + 1) * 100 / steps > step * 100 / steps {
                try progress(TrainingProgress(fraction: Double(step + 1) / Double(steps), since: start))
            }
        }
    }
}

/// Indices of a set, in a new keyed order each time all were given out.
struct ShuffledOrder {
    private let used: [Int]
    private let seed: UInt64
    private var epoch: UInt32 = 0
    private var order: [Int] = []
    private var position = 0

    /// - Parameter used: so many of `count` are given out, drawn by key.
    init(of count: Int, used: Int, seed: UInt64) {
        var random = RandomStream(seed: seed, purpose: .judges, slot: 3)
        self.used = Array(random.permutation(count).prefix(used))
        self.seed = seed
    }

    mutating func next(_ wanted: Int) -> [Int] {
        (0..<wanted).map { _ in
            if position == order.count { shuffle() }
            defer { position += 1 }
            return order[position]
        }
    }

    private mutating func shuffle() {
        // Slot 0 belongs to the initial values.
        var random = RandomStream(seed: seed, purpose: .judges, slot: 1, round: epoch)
        order = random.permutation(used.count).map { used[$0] }
        position = 0
        epoch += 1
    }
}
