import Foundation
import OxbowData
import OxbowFleet
import OxbowKernels
import OxbowProtocol
import OxbowTraining

/// The images one worker trains on.
public struct LocalShard: Sendable {
    public let domain: Domain
    /// Indices into the domain's training images.
    public let members: [Int]

    public init(domain: Domain, members: [Int]) {
        self.domain = domain
        self.members = members
    }

    /// What is told of the data at hello.
    public var form: DataForm {
        DataForm(
            samples: UInt64(members.count), height: UInt32(domain.height), width: UInt32(domain.width),
            channels: UInt32(domain.channels), classes: UInt32(domain.classes), digest: domain.train.digest(members))
    }

    /// One index a line.
    /// - Throws: `RuntimeError` unless every line is an index below `count`.
    public static func readIndices(_ path: String, count: Int) throws -> [Int] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw RuntimeError(.output, "Unable to read '\(path)': it is not there. Start the run anew.")
        }
        return try text.split(separator: "\n").map { line in
            guard let index = Int(line), index >= 0, index < count else {
                throw RuntimeError(
                    .output, "Unable to read '\(path)': '\(line)' is no image of the domain. Start the run anew.")
            }
            return index
        }
    }
}

/// The batches of a shard, as the plan orders them.
struct ShardSource: BatchSource {
    let shard: Shard
    let stepsPerRound: UInt32

    init(_ local: LocalShard, _ plan: Plan, _ slot: UInt32) {
        shard = Shard(
            images: local.domain.train, members: local.members, seed: plan.seed, slot: slot, batch: Int(plan.batch),
            order: plan.method.batches == .fresh ? .fresh : .permutation)
        stepsPerRound = plan.stepsPerRound
    }

    func batch(round: Int, step: Int, images: Tensor, labels: inout [Int32]) {
        shard.fill(
            round: UInt32(round), step: UInt32(step), stepsPerRound: stepsPerRound, images: images.buffer,
            labels: &labels)
    }
}

/// Performers whose bodies live in ZeroMQ frames.
public enum MemberPerformers {
    public static func edge(
        workerID: String, store: any StateStore, shard: LocalShard, scorer: (any GeneratorScorer)? = nil
    ) -> any TaskPerformer {
        EdgePerformer(workerID: workerID, store: store, scorer: scorer, makeBody: FrameBody.factory) { plan, slot in
            ShardSource(shard, plan, slot)
        }
    }

    public static func core(
        store: any StateStore, lanes: Int, publish: @escaping CorePerformer.Publish
    ) -> any TaskPerformer {
        CorePerformer(store: store, lanes: lanes, makeBody: FrameBody.factory, publish: publish)
    }
}
