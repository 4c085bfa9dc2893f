import Foundation

/// The time by which a pace is kept.
public protocol PaceClock: AnyObject {
    /// Since any fixed origin.
    var now: Duration { get }
    func sleep(for duration: Duration)
}

/// The machine's own time; wakes early when the process is to stop.
public final class StoppableClock: PaceClock {
    private let origin = ContinuousClock.now
    private let stop: StopRequest

    private static let slice = Duration.milliseconds(50)

    public init(_ stop: StopRequest) { self.stop = stop }

    public var now: Duration { ContinuousClock.now - origin }

    public func sleep(for duration: Duration) {
        let end = now + duration
        while stop.requested == nil, case let left = end - now, left > .zero {
            Thread.sleep(forTimeInterval: min(left, Self.slice) / .seconds(1))
        }
    }
}
