import OxbowRandom

@testable import OxbowModel
@testable import OxbowScheduling

/// Fleets of every kind, drawn by seed: fast and slow, tied by memory, with owners who chose.
enum RandomFleet {
    static func request(seed: UInt64, workers: ClosedRange<Int> = 1...3, model: ModelDescription? = nil) -> PlanningRequest {
        var chance = RandomStream(seed: seed, purpose: .simulation)
        func exponential(_ low: Double, _ high: Double) -> Double {
            var value = low
            // Steps of a tenth of a doubling, so that values repeat now and then.
            for _ in 0..<chance.below(100) where value < high { value *= 1.09 }
            return min(value, high)
        }
        func pick<Value>(_ values: [Value]) -> Value { values[chance.below(values.count)] }
        let model = model ?? (try! ModelDescription(ModelParameters(width: pick([0.125, 1]))))
        let batch = pick([8, 64])
        let admissible = model.admissibleCuts
        let memories = admissible.map { try! SegmentMemory(model, cuts: $0, batch: batch).bytes }.sorted()
        let devices = (0..<workers.upperBound).map { _ in
            Device(
                gflops: exponential(0.3, 200), outerGflops: chance.below(3) == 0 ? nil : exponential(0.1, 50),
                bytesPerSecond: exponential(1e6, 1e9), latencySeconds: pick([0, 0, 1e-3, 0.05]),
                memory: chance.below(3) == 0 ? pick(memories) : nil)
        }
        let count = workers.lowerBound + chance.below(workers.count)
        let candidates = (0..<count).map { index in
            let device = pick(devices)
            // What its owner chose fits.
            let fixed = chance.below(10) == 0 && device.memory == nil ? pick(admissible) : nil
            return Candidate(id: "w\(index)", tier: "t", fixed: fixed, device: device)
        }
        return PlanningRequest(
            model: model, workers: candidates,
            core: CoreDevice(gflops: exponential(2, 2000), bytesPerSecond: exponential(1e6, 1e10)), batch: batch,
            stepsPerRound: pick([1, 50]), minimumHead: 0, minimumTail: 0)
    }

    /// Networks in which two blocks at a head and one at a tail may move, and in the discriminator one and none.
    static func deeperModel() -> ModelDescription {
        let parameters = ModelParameters(imageHeight: 16, imageWidth: 16)
        var generator = PaperTable.Builder(.generator, FeatureShape(height: 1, width: 1, channels: 10), parameters)
        generator.add(.linear, to: FeatureShape(height: 4, width: 4, channels: 32), label: .columns(10), activation: .relu)
        generator.deconvolve(24, kernel: 3, stride: 1)
        generator.deconvolve(16, kernel: 4, stride: 2)
        generator.deconvolve(16, kernel: 3, stride: 1)
        generator.deconvolve(8, kernel: 4, stride: 2)
        generator.deconvolve(1, kernel: 3, stride: 1, batchNorm: false, activation: .tanh)
        var discriminator = PaperTable.Builder(
            .discriminator, FeatureShape(height: 16, width: 16, channels: 1), parameters)
        discriminator.convolve(8, kernel: 4, stride: 2, label: .plane)
        discriminator.convolve(16, kernel: 4, stride: 2)
        discriminator.convolve(16, kernel: 3, stride: 1)
        discriminator.add(
            .linear, to: FeatureShape(height: 1, width: 1, channels: 1), batchNorm: false, activation: .sigmoid)
        return ModelDescription(
            parameters, generator: NetworkDescription(.generator, generator.blocks, coreBlocks: 3...3),
            discriminator: NetworkDescription(.discriminator, discriminator.blocks, coreBlocks: 2...2))
    }
}

/// The best of all plans, by trying every one.
func bruteForce(_ priced: PricedRequest) -> Double {
    let table = priced.table
    var counts = [Int](repeating: 0, count: table.types.count * table.options.count)
    var best = Double.infinity
    func choose(_ type: Int, _ position: Int, _ left: Int) {
        guard type < table.types.count else {
            best = min(best, table.seconds(counts))
            return
        }
        let allowed = table.types[type].allowed
        let index = type * table.options.count + allowed[position]
        if position == allowed.count - 1 {
            counts[index] = left
            choose(type + 1, 0, type + 1 < table.types.count ? table.types[type + 1].count : 0)
        } else {
            for count in 0...left {
                counts[index] = count
                choose(type, position + 1, left - count)
            }
        }
        counts[index] = 0
    }
    choose(0, 0, table.types[0].count)
    return best
}

let costModels: [any CostModel] = [PublishedCostModel(), PhysicalCostModel()]
