import OxbowData
import OxbowKernels
import OxbowRandom

/// How far the training of a judge is.
public struct JudgeProgress: Hashable, Sendable {
    /// 0 ... 1
    public let fraction: Double
    /// An estimate from the time spent so far.
    public let remaining: Duration
}

/// One training of a judge: shuffled batches, cross entropy, Adam.
struct JudgeTraining {
    let network: JudgeNetwork
    let images: ImageSet
    let recipe: JudgeRecipe
    private let seed: UInt64
    private let scratch: JudgeNetwork.Scratch
    private let logitGradient: Tensor

    /// Throws `KernelError`.
    init(_ form: ImageForm, _ images: ImageSet, seed: UInt64, recipe: JudgeRecipe) throws(KernelError) {
        self.images = images
        self.recipe = recipe
        self.seed = seed
        network = try JudgeNetwork(form, batch: recipe.batch)
        network.drawParameters(seed: seed)
        scratch = JudgeNetwork.Scratch(network)
        logitGradient = Tensor(network.logits.shape)
    }

    /// Runs all steps; what `progress` throws ends the training.
    func run(_ progress: (JudgeProgress) throws -> Void) throws {
        let steps = recipe.steps(images.count)
        let clock = ContinuousClock()
        let start = clock.now
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
                let fraction = Double(step + 1) / Double(steps)
                try progress(
                    JudgeProgress(fraction: fraction, remaining: (clock.now - start) * ((1 - fraction) / fraction)))
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
