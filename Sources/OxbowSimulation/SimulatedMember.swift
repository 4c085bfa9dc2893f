import OxbowProtocol
import OxbowScheduling

/// One member's process in the simulation; `performer` is what its files and memory would be.
final class SimulatedMember {
    let identity: MemberIdentity
    let start: Duration
    let pace: Double
    let makePerformer: () -> any TaskPerformer
    /// Which barriers of which run its disk holds; asked at each start.
    let saved: () -> (run: UInt64, barriers: [UInt32])
    /// Rules that its performer saw broken.
    let faults: () -> [String]
    var machine: MemberMachine?
    var performer: (any TaskPerformer)?
    var clock = VirtualClock()
    /// Raised at each start: events of an earlier life are void.
    var life: UInt64 = 0
    /// Raised at each connection of a lane.
    var connections: [Lane: UInt64] = [.control: 0, .bulk: 0]
    /// When the compute thread is free again.
    var busyUntil = Duration.zero
    var end: MemberEnd?
    /// It left, and does not come back.
    var isGone = false
    /// Nothing passes before, either way; what would have waits here.
    var cutOffUntil = Duration.zero
    var held: [SimulatedEvent] = []
    /// Its process stands still before; what came meanwhile waits here.
    var suspendedUntil = Duration.zero
    var backlog: [MemberEvent] = []
    var diskFullUntil = Duration.zero
    /// Who it was in its last session.
    var member: MemberID?
    /// The digests of the barriers on its disk.
    var disk: [UInt32: [UInt8]] = [:]

    var name: String { identity.workerID }

    func connection(_ lane: Lane) -> UInt64 { connections[lane] ?? 0 }

    init(
        _ identity: MemberIdentity, start: Duration, pace: Double, makePerformer: @escaping () -> any TaskPerformer,
        saved: @escaping () -> (run: UInt64, barriers: [UInt32]), faults: @escaping () -> [String]
    ) {
        self.identity = identity
        self.start = start
        self.pace = pace
        self.makePerformer = makePerformer
        self.saved = saved
        self.faults = faults
    }
}

/// A process's own clock: it begins anywhere, runs a little fast or slow, and may jump ahead.
struct VirtualClock {
    var rate = 1.0
    var offset = Duration.zero

    func time(at now: Duration) -> Duration { offset + now * rate }
}
