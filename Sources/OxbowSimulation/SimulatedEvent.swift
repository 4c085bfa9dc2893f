import OxbowProtocol
import OxbowScheduling

/// One way of a connection.
struct Link: Hashable {
    var isUp: Bool
    var member: Int
    var lane: Lane
    var connection: UInt64

    /// As the broker's shell would number it: connection, member and lane.
    var id: ConnectionID { ConnectionID(connection * 1_000_000 + UInt64(member) * 2 + UInt64(lane.rawValue)) }

    /// To the member at the other end of a broker's connection.
    init(downOn id: ConnectionID) {
        self.init(
            isUp: false, member: Int(id.number % 1_000_000 / 2), lane: id.number % 2 == 0 ? .control : .bulk,
            connection: id.number / 1_000_000)
    }

    init(isUp: Bool, member: Int, lane: Lane, connection: UInt64) {
        self.isUp = isUp
        self.member = member
        self.lane = lane
        self.connection = connection
    }
}

/// A message on its way.
struct Passage {
    var link: Link
    var envelope: Envelope
    var payload: Payload
}

/// One event of the virtual world.
enum SimulatedEvent {
    case start(Int)
    case arrival(Passage)
    /// What was left on a connection that was given up, and is read by this life of the broker only now.
    case late(Passage, brokerLife: UInt64)
    case computed(member: Int, life: UInt64, id: UInt64, Result<TaskResult, any Error>)
    /// What a member gave away to be scored has been.
    case scored(member: Int, life: UInt64, RoundScores)
    case handedOver(Credit, bytes: Int, brokerLife: UInt64)
    case planned(UInt64, Result<CutPlan, PlanningError>, brokerLife: UInt64)
    case unreachable(ConnectionID, brokerLife: UInt64)
    case startBroker
    /// The broker's journal has room again, or its process goes on.
    case brokerGoesOn(brokerLife: UInt64)
    /// A member's process goes on, after it stood still.
    case goesOn(Int)
    /// A member that was cut off is so no more.
    case heal(Int)
    case tick
}
