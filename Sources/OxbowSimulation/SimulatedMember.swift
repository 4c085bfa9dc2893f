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
    var machine: MemberMachine?
    var performer: (any TaskPerformer)?
    /// Raised at each start: events of an earlier life are void.
    var life: UInt64 = 0
    /// Raised at each connection of a lane: messages of an earlier one are lost.
    var connections: [Lane: UInt64] = [.control: 0, .bulk: 0]
    /// When the compute thread is free again.
    var busyUntil = Duration.zero
    var end: MemberEnd?

    func reconnect(_ lanes: [Lane] = Lane.allCases) {
        for lane in lanes { connections[lane, default: 0] += 1 }
    }

    func connection(_ lane: Lane) -> UInt64 { connections[lane] ?? 0 }

    init(
        _ identity: MemberIdentity, start: Duration, pace: Double, makePerformer: @escaping () -> any TaskPerformer,
        saved: @escaping () -> (run: UInt64, barriers: [UInt32])
    ) {
        self.identity = identity
        self.start = start
        self.pace = pace
        self.makePerformer = makePerformer
        self.saved = saved
    }
}

/// One event of the virtual world.
enum SimulatedEvent {
    case start(Int)
    case crash(Int)
    case toBroker(member: Int, connection: UInt64, Lane, Envelope, Payload)
    /// Sent in this life on a connection that was given up since, and read only now.
    case late(member: Int, life: UInt64, connection: UInt64, Lane, Envelope, Payload)
    case toMember(member: Int, connection: UInt64, Lane, Envelope, Payload)
    case computed(member: Int, life: UInt64, id: UInt64, Result<TaskResult, any Error>)
    case handedOver(Credit, bytes: Int)
    case planned(UInt64, Result<CutPlan, PlanningError>)
    case unreachable(ConnectionID)
    case startBroker
    case tick
}
