import Foundation
import OxbowEvaluation
import Testing

@testable import OxbowReport

/// Pages of runs that a broker served to a fleet.
@Suite struct FleetPageTests {
    @Test func itTellsWhoWasThereAndWhen() throws {
        let report = try Samples.fleetReport()
        let text = ReportPage(report, pictures: try Samples.pictures(report, side: 4)).html
        for words in [
            "Who took part, and when", "Members by round", "Cuts that changed", "From round 4",
            "nothing was heard of it for 10 s",
            "Times: modelled, measured, allowed", "measured / modelled", "physical", "2.0 %", "oxbow submit experiment.yaml",
            "images that stayed with them", "What an answer may take",
        ] { #expect(text.contains(words), "\(words) is missing") }
        #expect(!text.contains("on local"))
        #expect(
            text.contains("Generated images") && text.contains("cluster 0, round 10") && !text.contains("Clusters side by side"))
        if let path = ProcessInfo.processInfo.environment["OXBOW_PAGES"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/fleet.html"))
            let large = try Self.large()
            try Data(ReportPage(large, pictures: []).html.utf8).write(to: URL(fileURLWithPath: path + "/large-fleet.html"))
        }
    }

    /// Many workers that come and go at random.
    private static func large() throws -> Report {
        var report = try Samples.report(workers: 120, rounds: 60, scored: false)
        for index in report.workers.indices { report.workers[index].domain = Report.untold }
        report.membership = []
        for round in report.rounds.indices {
            let there = report.workers.indices.filter { Samples.noise($0, round / 7) > 0.2 }
            report.rounds[round].members = there.map { "worker-\($0)" }
            let lost = report.workers.indices.filter { Samples.noise($0, round, 9) > 0.98 }
            report.membership? += lost.map {
                .init(time: 0, round: round + 1, event: .lost, member: "worker-\($0)", reason: "gone")
            }
        }
        report.timings = (0..<120).map { .init(member: "worker-\($0)", exchange: 1, count: 9, measuredSeconds: 0.1) }
        return report
    }

    @Test func aLargeFleetHasAPage() throws {
        let text = ReportPage(try Self.large(), pictures: []).html
        #expect(text.contains("120 workers in all") && text.utf8.count < 3_000_000)
    }

    @Test func aReportOfAnEarlierReleaseIsRead() throws {
        let report = try Samples.fleetReport()
        var object = try #require(try JSONSerialization.jsonObject(with: report.json()) as? [String: Any])
        for key in ["membership", "plans", "deadlines", "timings", "scheduler", "image"] {
            #expect(object.removeValue(forKey: key) != nil, "\(key) is missing")
        }
        object["rounds"] = (object["rounds"] as? [[String: Any]])?.map { round in round.filter { $0.key != "members" } }
        let old = try Report(json: try JSONSerialization.data(withJSONObject: object), subject: "old")
        #expect(old.membership == nil && old.rounds.count == 10)
        _ = ReportPage(old, pictures: []).html
        #expect(try Report(json: report.json(), subject: "x") == report)
    }
}
