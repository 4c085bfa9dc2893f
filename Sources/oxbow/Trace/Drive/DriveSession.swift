import Foundation
import OxbowProtocol
import OxbowRuntime

/// One load test: members join, the run is submitted and watched, and all leave.
final class DriveSession {
    private let drive: FleetDrive
    private let load: DriveLoad
    private let client: OperatorClient
    private let stop: StopRequest
    private var progress = Progress()
    private var course = DriveCourse()

    /// How long joining may take without anybody being welcomed meanwhile.
    private static let patience = 30.0

    init(_ drive: FleetDrive, _ load: DriveLoad, _ client: OperatorClient, _ stop: StopRequest) {
        (self.drive, self.load, self.client, self.stop) = (drive, load, client, stop)
        stop.watchSignals()
    }

    /// - Returns: what was found; once members have begun to join, also if the test ends before the run does.
    /// - Throws: `RuntimeError`, `OperatorRefusal`: the broker is not there, or does not know the key.
    func run() throws -> DriveReport {
        // Before a thousand members try.
        _ = try client.ask(.status)
        drive.start()
        var failure: (any Error)?
        do {
            try follow()
        } catch {
            failure = error
        }
        progress.clear()
        let report = DriveReport(course, load, drive.statistics, error: failure)
        // A broker that is gone lets nobody go.
        let isGone = failure.map { Failure($0).band == .network } ?? false
        drive.stop("the load test is over", patience: isGone ? .zero : .seconds(20))
        return report
    }

    private func follow() throws {
        course.joining = try join()
        let run = try client.ask(.submit(load.submission)).message
        (course.began, course.run, course.before) = (.now, run, drive.statistics.counts)
        try watch(run)
    }

    /// - Returns: the seconds that it took.
    private func join() throws -> Double {
        let start = Date()
        var (seen, lastSeen) = (0, Date())
        while true {
            let counts = drive.statistics.counts
            if counts.welcomes >= load.parts.count { return Date().timeIntervalSince(start) }
            try check(counts)
            if counts.welcomes > seen { (seen, lastSeen) = (counts.welcomes, Date()) }
            guard Date().timeIntervalSince(lastSeen) < Self.patience else {
                throw Failure(
                    .peer,
                    "Unable to bring all members to the broker: \(counts.welcomes) of \(load.parts.count) were welcomed, then none for "
                        + "\(Int(Self.patience)) s. Its log says why; its limit of open files may be too low.")
            }
            progress.show { "\(counts.welcomes) of \(load.parts.count) members have joined" }
            try pause()
        }
    }

    /// Until the run has ended.
    private func watch(_ run: String) throws {
        while true {
            let status = try StatusWatch.status(client, run: run, after: [course.status].compactMap { $0 })
            course.status = status.runs.first { $0.id == run }
            guard let current = course.status, !current.isOver else { return }
            try check(drive.statistics.counts)
            progress.show { StatusText.progress(current) + waits(current) }
            do {
                try pause()
            } catch {
                _ = try? client.ask(.stop(run: run, reason: "the load test was ended"))
                throw error
            }
        }
    }

    private func waits(_ run: FleetStatus.Run) -> String {
        run.awaited.isEmpty ? "" : "  waits for \(StatusText.few(run.awaited))"
    }

    private func pause() throws {
        Thread.sleep(forTimeInterval: 0.2)
        if let reason = stop.requested { throw Failure(.interrupted, "The load test was ended before its run: \(reason).") }
    }

    private func check(_ counts: DriveStatistics.Counts) throws {
        if let failure = drive.failure { throw Failure(.compute, "Unable to go on with the load test: \(failure)") }
        guard counts.ends < load.parts.count else {
            let words = counts.refusals.max { $0.value < $1.value }?.key ?? "all of them ended"
            throw Failure(.peer, "Unable to go on with the load test: no member is left. The broker said: \(words)")
        }
    }
}
