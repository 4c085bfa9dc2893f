import Foundation

/// How long a fetch waits, and how often it tries again.
public struct Patience: Sendable {
    public var connect_seconds = 20
    /// The longest silence of a server.
    public var idle_seconds = 30
    /// How often a file is asked for before the fetch gives up.
    public var attempts = 5
    /// Waits between two attempts.
    public var wait: @Sendable (Duration) -> Void = { Thread.sleep(forTimeInterval: $0 / .seconds(1)) }

    public init() {}

    /// The pause after the n-th attempt, from 1: 1 s, 2 s, 4 s, ... and 30 s at most.
    public func pause(after attempt: Int) -> Duration { .seconds(min(30, 1 << min(attempt - 1, 5))) }
}
