import OxbowModel

/// What each exchange of a step computes and sends, by the values of the cuts.
struct StepWork {
    let model: ModelDescription
    let batch: Double

    /// FLOP of Adam for each parameter: two moments, two corrections, a root, a division, an update.
    private static let adamFlop = 12.0

    init(_ model: ModelDescription, batch: Int) {
        self.model = model
        self.batch = Double(batch)
    }

    /// A pass through blocks in one direction.
    enum Pass { case forward, backwardData, backwardWeights, backward, update }

    /// What a worker computes between the answer to the exchange before and its message of this one.
    func edge(_ exchange: Int) -> [Work] { edge(EdgePart.parts(of: exchange)) }

    /// What a worker computes in these pieces, one entry for each cut that they depend on.
    func edge(_ parts: [EdgePart]) -> [Work] {
        let passes = parts.flatMap(\.passes)
        return Cut.allCases.compactMap { cut in
            let own = passes.filter { $0.cut == cut }
            return own.isEmpty ? nil : ends(cut, own.map { ($0.pass, $0.times) })
        }
    }

    /// What the core computes for one worker in an exchange: what both cuts leave to it.
    func core(_ exchange: Int) -> [Work] {
        switch exchange {
        case 1: middle(.generator, .forward, 1)
        case 2: middle(.discriminator, .forward, 2)
        case 3: middle(.discriminator, .backward, 2)
        case 4: middle(.discriminator, .forward, 1)
        case 5: middle(.discriminator, .backwardData, 1)
        default: middle(.generator, .backward, 1)
        }
    }

    /// Bytes of a worker's message; the shapes are those of `ModelDescription.shape(of:up:cuts:batch:)`.
    func border(_ exchange: Int, up: Bool) -> (cut: Cut, bytes: [Double]) {
        let isForward = exchange == 1 || exchange == 2 || exchange == 4
        let isGenerator = exchange == 1 || exchange == 6
        let tensors = exchange == 2 || exchange == 3 ? 2.0 : 1.0
        let cut: Cut =
            up == isForward
            ? (isGenerator ? .generatorHead : .discriminatorHead) : (isGenerator ? .generatorTail : .discriminatorTail)
        let network = model[cut.network]
        return (
            cut,
            cut.values(of: network).map { value in
                let held = cut.held(value, of: network)
                let before = cut.isHead ? held.upperBound - 1 : held.lowerBound - 1
                return tensors * batch * Double(network.blocks[before].cost.outputBytes)
            }
        )
    }

    private func ends(_ cut: Cut, _ passes: [(Pass, Double)]) -> Work {
        let network = model[cut.network]
        func total(_ blocks: some Sequence<Int>) -> Double {
            blocks.reduce(0) { total, block in
                total + passes.reduce(0) { $0 + $1.1 * gflop(network.blocks[block], $1.0) }
            }
        }
        let values = cut.values(of: network)
        return Work(
            cut, gflop: values.map { total(cut.held($0, of: network).filter(network.middle.contains)) },
            outerGflop: values.map { total(cut.held($0, of: network).filter { !network.middle.contains($0) }) })
    }

    /// The blocks that always are in the core count with the head's cut.
    private func middle(_ network: Network, _ pass: Pass, _ times: Double) -> [Work] {
        let description = model[network]
        func total(_ blocks: some Sequence<Int>) -> Double {
            blocks.reduce(0) { $0 + times * gflop(description.blocks[$1], pass) }
        }
        let head: Cut = network == .generator ? .generatorHead : .discriminatorHead
        let tail: Cut = network == .generator ? .generatorTail : .discriminatorTail
        let core = description.coreBlocks
        return [
            Work(head, gflop: description.headCuts.map { total($0 + 1...core.upperBound) }),
            Work(tail, gflop: description.tailCuts.map { total(core.upperBound + 1..<description.blocks.count - 1 - $0) }),
        ]
    }

    private func gflop(_ block: BlockDescription, _ pass: Pass) -> Double {
        let cost = block.cost
        let weights = 2 * Double(cost.multiplyAdds)
        let isFirst = block.name.index == 0
        switch pass {
        case .forward: return batch * (weights + Double(cost.elementsForward)) / 1e9
        case .backwardData: return batch * (weights + Double(cost.elementsBackward)) / 1e9
        // To the weights of a segment's blocks, and from block to block but for the first block's input.
        case .backwardWeights: return batch * ((isFirst ? 1 : 2) * weights + Double(cost.elementsBackward)) / 1e9
        case .backward: return batch * (2 * weights + Double(cost.elementsBackward)) / 1e9
        case .update: return Self.adamFlop * Double(block.parameterCount) / 1e9
        }
    }
}
