import OxbowFleet
import OxbowModel
import OxbowProtocol

/// A member as the simulation starts it: who it is, and what its process and disk are made of.
public struct SimulatedProcess: Sendable {
    public var identity: MemberIdentity
    /// A new disk, and what is on it; called once for each run.
    public var makeDisk: @Sendable () -> Disk

    public init(_ identity: MemberIdentity, makeDisk: @escaping @Sendable () -> Disk) {
        self.identity = identity
        self.makeDisk = makeDisk
    }

    public struct Disk {
        /// Called at each start of the process.
        public var makePerformer: () -> any TaskPerformer
        public var saved: () -> (run: UInt64, barriers: [UInt32])
        /// Rules that a performer saw broken.
        public var faults: () -> [String] = { [] }

        public init(
            makePerformer: @escaping () -> any TaskPerformer, saved: @escaping () -> (run: UInt64, barriers: [UInt32]),
            faults: @escaping () -> [String] = { [] }
        ) {
            (self.makePerformer, self.saved, self.faults) = (makePerformer, saved, faults)
        }
    }
}

/// What stands for a run's arithmetic.
public enum Arithmetic: String, Codable, Hashable, Sendable, CaseIterable {
    /// Numbers that depend on everything that went into them: nothing is computed, and whatever is mixed up shows.
    case hashes
    /// A small model, trained in earnest.
    case small

    /// The smallest model with all blocks.
    public static let model = ModelParameters(
        width: 0.03125, imageHeight: 16, imageWidth: 16, imageChannels: 1, classes: 3, noise: 6)
    public static let batch = 4

    public func process(_ identity: MemberIdentity, slot: UInt32) -> SimulatedProcess {
        switch self {
        case .hashes: SimulatedProcess(identity) { Self.symbolic(identity.role, slot) }
        case .small: SimulatedProcess(identity) { Self.numeric(identity) }
        }
    }

    private static func symbolic(_ role: Role, _ slot: UInt32) -> SimulatedProcess.Disk {
        let disk = SymbolicDisk()
        return SimulatedProcess.Disk(
            makePerformer: { SymbolicPerformer(role: role, slot: slot, disk: disk) },
            saved: { (disk.run, disk.barriers.keys.sorted()) }, faults: { disk.faults })
    }

    private static func numeric(_ identity: MemberIdentity) -> SimulatedProcess.Disk {
        let store = MemoryStateStore()
        return SimulatedProcess.Disk(
            makePerformer: {
                guard identity.role == .edge else {
                    return CorePerformer(store: store, lanes: 1, makeBody: HeapBody.factory, publish: { _, _, _ in [] })
                }
                return EdgePerformer(
                    workerID: identity.workerID, store: store, makeBody: HeapBody.factory,
                    makeSource: { SyntheticSource($0, $1) })
            }, saved: { (store.saved.run, store.saved.barriers) })
    }
}
