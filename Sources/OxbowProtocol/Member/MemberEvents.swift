/// What the shell of a member tells its state machine.
public enum MemberEvent: Sendable {
    /// The shell is up: say hello.
    case started
    case received(Lane, Envelope, Payload)
    /// A compute directive is done.
    case computed(UInt64, TaskResult)
    /// A compute directive could not be done.
    case computeFailed(UInt64, message: String)
    /// What was given away to be scored has been, or cannot be.
    case scored(RoundScores)
    /// Only time has passed.
    case tick
    /// Leave the fleet: at the end of the step, where others wait for this member.
    case stop(reason: String)
}

/// What the state machine of a member asks its shell to do, in order.
public enum MemberDirective: Sendable {
    case send(Lane, Envelope, Payload)
    /// Perform the task after all earlier ones, then report `.computed` with this number.
    case compute(UInt64, MemberTask, inputs: [any BodyStorage])
    /// Close both connections and open new ones.
    case reconnect
    case note(MemberNote)
    /// The session is over for good.
    case end(MemberEnd)
}

/// Something a log would tell.
public enum MemberNote: Hashable, Sendable {
    case welcomed(Welcome)
    case planned(Plan)
    case ordered(StepControl)
    case brokerSilent
    /// Connected, but not in the run under way, and why.
    case standby(reason: String)
    case linkMeasured(LinkQuality)
    /// It wishes to go, and waits for the end of the step.
    case leaving(reason: String)
    /// The state of a barrier could not be written; it is tried again after this pause.
    case saveFailed(round: UInt32, reason: String, retryIn: Duration)
    /// The run is over; another may come.
    case resting
    case dropped(String)
}

/// How a member's part ended.
public enum MemberEnd: Hashable, Sendable {
    case finished
    case stopped(reason: String)
    case refused(ErrorCode, message: String)
    case failed(message: String)
}

/// What a member says of itself, fixed for the life of its process.
public struct MemberIdentity: Hashable, Sendable {
    public var workerID: String
    public var role: Role
    public var tier: String
    public var capabilities: Capabilities
    public var data: DataForm

    public init(
        workerID: String, role: Role, tier: String, capabilities: Capabilities = Capabilities(),
        data: DataForm = DataForm()
    ) {
        self.workerID = workerID
        self.role = role
        self.tier = tier
        self.capabilities = capabilities
        self.data = data
    }
}
