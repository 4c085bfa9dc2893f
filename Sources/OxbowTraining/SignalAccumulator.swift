import OxbowKernels
import OxbowModel

/// Mean over batch and steps of D's signal block on real images, for each member; a step counts once it is committed.
struct SignalAccumulator {
    private var sums: [Int: [Double]] = [:]
    private var steps: [Int: Int] = [:]
    private var staged: [Int: [Double]] = [:]

    /// Stages the batch mean of one member: channels x positions, as PyTorch flattens it.
    mutating func stage(_ output: Tensor, _ shape: FeatureShape, batch: Int, slot: Int) {
        var mean = [Double](repeating: 0, count: shape.count)
        for sample in 0..<batch {
            let values = output.data + sample * shape.count
            for index in 0..<shape.count { mean[index] += Double(values[index]) }
        }
        var ordered = mean
        for position in 0..<shape.positions {
            for channel in 0..<shape.channels {
                ordered[channel * shape.positions + position] = mean[position * shape.channels + channel] / Double(batch)
            }
        }
        staged[slot] = ordered
    }

    mutating func commit() {
        for (slot, mean) in staged {
            sums[slot] = sums[slot].map { zip($0, mean).map { $0 + $1 } } ?? mean
            steps[slot, default: 0] += 1
        }
        staged = [:]
    }

    mutating func discard() { staged = [:] }

    /// The mean of one member; nil if it took part in no committed step.
    func signal(of slot: Int) -> [Float]? {
        guard let sum = sums[slot], let count = steps[slot] else { return nil }
        return sum.map { Float($0 / Double(count)) }
    }
}

extension CoreTrainer {
    /// Starts the signal afresh; committed steps from here on count.
    public func beginSignal() { accumulator = SignalAccumulator() }

    /// By slot: mean over batch and steps since `beginSignal` of D's signal block on real images, channels x positions.
    ///
    /// Members that took part in no such step are missing.
    public var signal: [Int: [Float]] {
        guard let accumulator else { return [:] }
        var result: [Int: [Float]] = [:]
        for member in members { result[member.slot] = accumulator.signal(of: member.slot) }
        return result
    }

    func stageSignal() {
        guard accumulator != nil else { return }
        let block = model.signalBlock
        for index in active {
            guard let output = real.output(of: block.index, part: index) else { continue }
            accumulator?.stage(output, model[block].output, batch: members[index].batch, slot: members[index].slot)
        }
    }
}
