extension FleetStatus.Run {
    /// With what is known of a run that nobody serves now.
    public init(
        id: String, state: FleetStatus.State, membership: Membership, round: UInt32, rounds: UInt32, outcome: String?
    ) {
        self.init(
            id: id, state: state, membership: membership, round: round, rounds: rounds, step: 0, stepsPerRound: 0,
            members: [], awaited: [], awaitedWhat: nil, awaitedSeconds: nil, stepSeconds: nil, etaSeconds: nil, deadlines: [:],
            outcome: outcome)
    }
}
