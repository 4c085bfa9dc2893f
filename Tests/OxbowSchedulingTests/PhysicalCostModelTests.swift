import OxbowModel
import OxbowScheduling
import Testing

/// The physical model against the same step written down plainly, worker by worker and exchange by exchange.
@Suite struct PhysicalCostModelTests {
    /// One fleet with its cuts, and a step of it.
    private struct PlainStep {
        let request: PlanningRequest
        let cuts: [Cuts]
        var core: CoreDevice { request.core! }

        func bytes(_ worker: Int, _ exchange: Int, up: Bool) -> Double {
            let shapes = try! request.model.shape(of: exchange, up: up, cuts: cuts[worker], batch: request.batch)
            return Double(shapes.reduce(0) { $0 + $1.reduce(4, *) })
        }

        /// Seconds of a message over the worker's own link, or of everybody's over the core's.
        func wire(_ worker: Int, _ bytes: (Int) -> Double) -> Double {
            let all = cuts.indices.reduce(0) { $0 + bytes($1) }
            return max(bytes(worker) / request.workers[worker].device!.bytesPerSecond, all / core.bytesPerSecond)
        }

        /// A block's speed: the outermost ones have their own.
        func rate(_ worker: Int, _ network: Network, _ block: Int) -> Double {
            let device = request.workers[worker].device!
            let isOuter = block == 0 || block == request.model[network].blocks.count - 1
            return isOuter ? device.outerGflops : device.gflops
        }

        /// - Parameter worker: who computes; nil: as if at 1 GFLOP/s.
        func gflop(
            _ network: Network, _ blocks: Range<Int>, forward: Int = 0, data: Int = 0, weights: Int = 0,
            by worker: Int? = nil
        ) -> Double {
            blocks.reduce(0) { total, index in
                let cost = request.model[network].blocks[index].cost
                let products = 2 * cost.multiplyAdds
                // A gradient of what enters a network is wanted from D only, and only for G.
                let dataPasses = index == 0 && weights > 0 ? 0 : data
                let flop =
                    forward * (products + cost.elementsForward) + max(data, weights) * cost.elementsBackward
                    + (dataPasses + weights) * products
                return total + Double(flop * request.batch) / 1e9 / (worker.map { rate($0, network, index) } ?? 1)
            }
        }

        func adam(_ network: Network, _ blocks: Range<Int>, by worker: Int) -> Double {
            blocks.reduce(0) {
                $0 + 12 * Double(request.model[network].blocks[$1].parameterCount) / 1e9 / rate(worker, network, $1)
            }
        }

        /// Seconds of a worker's own computing.
        func edge(_ worker: Int, _ exchange: Int) -> Double {
            let segments = try! request.model.segments(for: cuts[worker])
            let (g, d) = (segments.generator, segments.discriminator)
            switch exchange {
            case 1:
                return gflop(.generator, g.head, forward: 1, data: 1, weights: 1, by: worker)
                    + adam(.generator, g.head, by: worker)
            case 2:
                return gflop(.generator, g.tail, forward: 1, by: worker) + gflop(.discriminator, d.head, forward: 2, by: worker)
            case 3:
                return gflop(.discriminator, d.tail, forward: 2, data: 2, weights: 2, by: worker)
                    + adam(.discriminator, d.tail, by: worker)
            case 4:
                return gflop(.discriminator, d.head, forward: 1, data: 2, weights: 2, by: worker)
                    + adam(.discriminator, d.head, by: worker)
            case 5: return gflop(.discriminator, d.tail, forward: 1, data: 1, by: worker)
            default:
                return gflop(.discriminator, d.head, data: 1, by: worker)
                    + gflop(.generator, g.tail, data: 1, weights: 1, by: worker)
                    + adam(.generator, g.tail, by: worker)
            }
        }

        func middle(_ worker: Int, _ exchange: Int) -> Double {
            let segments = try! request.model.segments(for: cuts[worker])
            let (g, d) = (segments.generator.core, segments.discriminator.core)
            switch exchange {
            case 1: return gflop(.generator, g, forward: 1)
            case 2: return gflop(.discriminator, d, forward: 2)
            case 3: return gflop(.discriminator, d, data: 2, weights: 2)
            case 4: return gflop(.discriminator, d, forward: 1)
            case 5: return gflop(.discriminator, d, data: 1)
            default: return gflop(.generator, g, data: 1, weights: 1)
            }
        }

        func held(_ worker: Int, _ network: Network, head: Bool) -> Double {
            let segments = try! request.model.segments(for: cuts[worker])[network]
            return (head ? segments.head : segments.tail).reduce(0) { total, block in
                total + request.model[network].blocks[block].tensors.reduce(0) { $0 + 4 * Double($1.count) }
            }
        }

        var seconds: Double {
            let steps = (1...6).map { exchange in
                let before = exchange == 1 ? 6 : exchange - 1
                let slowest = cuts.indices.map { worker in
                    wire(worker) { bytes($0, before, up: false) }
                        + edge(worker, exchange) + 2 * request.workers[worker].device!.latencySeconds
                        + wire(worker) { bytes($0, exchange, up: true) }
                }.max()!
                return slowest + cuts.indices.reduce(0) { $0 + middle($1, exchange) } / core.gflops
            }
            let segments: [(Network, Bool)] = [
                (.generator, true), (.generator, false), (.discriminator, true), (.discriminator, false),
            ]
            let barrier = segments.map { network, head in
                2
                    * cuts.indices.map { worker in
                        // All four segments travel in one message.
                        wire(worker) { held($0, network, head: head) } + request.workers[worker].device!.latencySeconds / 4
                    }.max()!
            }
            return steps.reduce(0, +) + barrier.reduce(0, +) / Double(request.stepsPerRound)
        }
    }

    @Test func equalsTheStepWrittenDownPlainly() throws {
        for seed: UInt64 in 1...200 {
            let request = RandomFleet.request(seed: seed, workers: 1...6)
            let admissible = request.model.admissibleCuts
            let cuts = request.workers.indices.map { admissible[(Int(seed) * 7 + $0 * 5) % admissible.count] }
            let seconds = try PhysicalCostModel().seconds(of: cuts, for: request)
            let plain = PlainStep(request: request, cuts: cuts).seconds
            #expect(abs(seconds / plain - 1) < 1e-12, "seed \(seed)")
            let breakdown = try PhysicalCostModel().breakdown(of: cuts, for: request)
            #expect(abs(breakdown.shares.reduce(0) { $0 + $1.seconds } / plain - 1) < 1e-12)
        }
    }

    /// Two workers, one fast and one slow: the slow one is named.
    @Test func namesWhatTheStepWaitsFor() throws {
        let model = try ModelDescription(ModelParameters())
        func cause(_ slow: Device, _ core: CoreDevice) throws -> CostCause? {
            let fast = Device(gflops: 100, bytesPerSecond: 1e9)
            let request = PlanningRequest(
                model: model,
                workers: [Candidate(id: "a", tier: "fast", device: fast), Candidate(id: "b", tier: "slow", device: slow)],
                core: core)
            return try PhysicalCostModel().breakdown(of: [.minimal, .minimal], for: request).causes.first?.cause
        }
        let core = CoreDevice(gflops: 1e6, bytesPerSecond: 1e10)
        #expect(try cause(Device(gflops: 0.1, bytesPerSecond: 1e9), core) == .workers(tier: "slow"))
        #expect(try cause(Device(gflops: 100, bytesPerSecond: 1e6), core) == .links(tier: "slow"))
        let even = Device(gflops: 100, bytesPerSecond: 1e9)
        #expect(try cause(even, CoreDevice(gflops: 1, bytesPerSecond: 1e10)) == .core)
        #expect(try cause(even, CoreDevice(gflops: 1e6, bytesPerSecond: 1e6)) == .coreLink)
    }

    @Test func aStridedDeconvolutionCostsAFourth() throws {
        let model = try ModelDescription(ModelParameters())
        let request = PlanningRequest(
            model: model, workers: [Candidate(id: "a", tier: "t", device: Device(gflops: 1, bytesPerSecond: 1e15))],
            core: CoreDevice(gflops: 1e9, bytesPerSecond: 1e15))
        let holding = try #require(Cuts([1, 0, 0, 0]))
        let more =
            try PhysicalCostModel().seconds(of: [holding], for: request)
            - PhysicalCostModel().seconds(of: [.minimal], for: request)
        // Forward, backward to the data and to the weights of 256 x 128 x 16 x 49 products, at batch 64.
        let products = 3 * 2 * 64 * 256 * 128 * 16 * 49 / 1e9
        #expect(more > products && more < 1.03 * products)
    }

    @Test func memoryCountsWhatAStepHolds() throws {
        let model = try ModelDescription(ModelParameters())
        let least = try SegmentMemory(model, cuts: .minimal, batch: 64)
        // Up the head of G or two of D, down the middle of G.
        #expect(least.messages == 2 * 3_211_264 + 12_845_056 + 6_422_528)
        #expect(try SegmentMemory(model, cuts: .minimal, batch: 8).parameters == least.parameters)
        #expect(try SegmentMemory(model, cuts: .minimal, batch: 8).activations == least.activations / 8)
        let most = try SegmentMemory(model, cuts: model.maximalCuts, batch: 64)
        #expect(most.parameters > least.parameters && most.activations > least.activations)
    }
}
