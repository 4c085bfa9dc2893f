import OxbowProtocol

/// What passes through a simulated broker.
public enum BrokerTap {
    /// Before the broker handles it.
    case event(BrokerEvent, at: Duration)
    /// Before it is performed.
    case directive(BrokerDirective, at: Duration)
    /// A new process of it, with the journal of the one that crashed.
    case restarted(at: Duration)
}
