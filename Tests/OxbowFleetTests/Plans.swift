import OxbowModel
import OxbowProtocol
import OxbowTestSupport
import OxbowTraining

/// Edges with these cuts, by slot.
func assignments(_ cuts: [[Int]], samples: [UInt64] = [60, 30, 90, 20]) -> [Assignment] {
    cuts.indices.map { assignment(UInt32($0), cuts[$0], samples: samples[$0 % samples.count]) }
}

func assignment(_ slot: UInt32, _ cuts: [Int], samples: UInt64 = 60) -> Assignment {
    Assignment(slot: slot, workerID: "worker-\(slot)", tier: "small", cuts: Cuts(cuts) ?? .minimal, samples: samples)
}

/// A plan of the small model; all workers are one cluster, weighed by samples, unless `plainRounds` says otherwise.
func plan(_ cuts: [[Int]], steps: UInt32 = 2, plainRounds: UInt32 = 1000, learningRate: Double = 2e-4) -> Plan {
    Plan(
        run: 4711, seed: 5, model: NumericFleet.model, batch: 4, rounds: 1000, stepsPerRound: steps,
        optimizer: OptimizerSettings(learningRate: learningRate),
        method: MethodSettings(
            name: .oxbow, start: .common, batches: .permutation, clusters: 2, plainRounds: plainRounds, alpha: 1,
            signalSteps: 2),
        assignments: assignments(cuts))
}

extension NamedTensors {
    /// Tensors of some blocks, as in `["g.1"]`; with Adam's states only, or without them.
    func of(_ blocks: [String], optimizer: Bool) -> NamedTensors {
        NamedTensors(
            filter { tensor in
                tensor.name.contains(".adam_") == optimizer && blocks.contains { tensor.name.hasPrefix($0 + ".") }
            })
    }

    /// Names whose bits differ, or that only one of both has.
    func differences(_ other: NamedTensors) -> [String] {
        Set(names).union(other.names).sorted().filter {
            self[$0]?.values.map(\.bitPattern) != other[$0]?.values.map(\.bitPattern)
        }
    }
}

let allBlocks = ["g", "d"].flatMap { network in (0..<5).map { "\(network).\($0)" } }
