import Foundation
import Logging
import OxbowRuntime

/// The core that a broker runs on its machine: a worker's process, started anew after growing pauses whenever it ends.
///
/// It ends by itself when the broker does, however that ends: its standard input ends.
// Sendable: everything mutable is under the condition's lock.
final class OwnCore: @unchecked Sendable {
    private let state: CoreState
    private let arguments: [String]
    private let servesOneRun: Bool
    private let stop: StopRequest
    private let logger: Logger
    private let condition = NSCondition()
    private var child: Child?
    private var isEnding = false
    private var isOver = false

    /// A core that has work goes when its broker lets it; one that computes for longer is killed.
    private static let (patience, afterKill) = (10.0, 3.0)

    /// - Parameters:
    ///   - servesOneRun: a core that ended well is not started anew: the run is over.
    ///   - stop: the broker's; a core that ends once it was asked for is no fault.
    init(
        at state: CoreState, endpoint: String, options: FleetOptions, servesOneRun: Bool, stop: StopRequest, logger: Logger
    ) {
        (self.state, self.servesOneRun, self.stop, self.logger) = (state, servesOneRun, stop, logger)
        arguments =
            [
                "worker", "--supervised", "--connect", endpoint, "--role", "core", "--state", state.path, "--log-format",
                options.logFormat.rawValue, "--log-level", options.logLevel,
            ] + (options.security.insecure ? ["--insecure"] : [])
            + (options.security.insecureAnywhere ? ["--insecure-anywhere"] : [])
    }

    func start() {
        let thread = Thread { [self] in
            supervise()
            condition.withLock { isOver = true }
            condition.broadcast()
        }
        thread.name = "core"
        thread.start()
    }

    /// Returns when no process of it is left.
    func end() {
        condition.withLock {
            isEnding = true
            child?.letGo()
        }
        condition.broadcast()
        if !waitForEnd(Self.patience) {
            condition.withLock { child?.kill() }
            _ = waitForEnd(Self.afterKill)
        }
        state.remove()
    }

    private func waitForEnd(_ seconds: Double) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        return condition.withLock {
            while !isOver { guard condition.wait(until: deadline) else { break } }
            return isOver
        }
    }

    // MARK: On a thread of its own

    private func supervise() {
        var pause = RestartPause()
        while true {
            let start = Date()
            let end = live()
            guard let end, !condition.withLock({ isEnding }), stop.requested == nil else { return }
            let seconds = pause.seconds(afterLife: Date().timeIntervalSince(start))
            logger.warning("the core ended; it is started anew", metadata: ["reason": "\(end)", "seconds": "\(Int(seconds))"])
            guard sleep(seconds) else { return }
        }
    }

    /// One process, from its start to its end.
    /// - Returns: why it ended; nil if it is not to be started anew.
    private func live() -> String? {
        let child: Child
        do {
            child = try launch()
        } catch {
            return "\(error)"
        }
        var isTidy = false
        while child.exitCode == nil {
            usleep(50_000)
            if !isTidy { isTidy = state.dropSpentToken() }
        }
        condition.withLock { self.child = nil }
        return child.exitCode == 0 && servesOneRun ? nil : child.lastWords
    }

    private func launch() throws -> Child {
        let child = Child("core", arguments + (try state.joining()), line: { _ in }, log: Self.passOn)
        try child.start()
        logger.info("core started", metadata: ["process": "\(child.pid)"])
        condition.withLock {
            self.child = child
            if isEnding { child.letGo() }
        }
        return child
    }

    /// Its log is a part of the broker's; its last sentence is told as the reason of its end.
    private static func passOn(_ line: String) {
        if !line.hasPrefix("oxbow: ") { FileHandle.standardError.write(Data((line + "\n").utf8)) }
    }

    /// - Returns: false if the broker ends meanwhile.
    private func sleep(_ seconds: Double) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        return condition.withLock {
            while !isEnding { guard condition.wait(until: deadline) else { break } }
            return !isEnding
        }
    }
}
