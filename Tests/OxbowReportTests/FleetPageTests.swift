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

    /// Plans that only follow who is there are not told as new cuts; nor are scores promised that nobody can have.
    @Test func whatDidNotChangeIsNotToldAsChanged() throws {
        var report = try Samples.fleetReport()
        report.scheduler?.steadySeconds = 0.19
        report.scheduler?.medianError = 0.042
        report.scheduler?.medianErrorCore = 0.5
        let told = ReportPage(report, pictures: []).html
        for words in ["<h3>not told</h3>", "190 ms", "Median error, workers", "4.2 %", "50.0 %"] {
            #expect(told.contains(words), "\(words) is missing")
        }
        #expect(!told.contains("<h3>local</h3>"))
        let cuts = try #require(report.plans?.first?.cuts)
        report.plans = [.init(round: 1, cuts: cuts.filter { $0.key != "worker-5" }), .init(round: 4, cuts: cuts)]
        let text = ReportPage(report, pictures: []).html
        #expect(text.contains("at 1 barrier; nobody&#39;s cuts changed") || text.contains("at 1 barrier; nobody's cuts changed"))
        #expect(!text.contains("Cuts that changed"))
    }

    /// What workers told of their generators: their domains are nobody's business.
    @Test func scoresOfWorkersAreShownWithoutTheirDomains() throws {
        var report = try Samples.fleetReport()
        let scores = Scores(samples: 100, imageScore: 3.21, labelAccuracy: 0.5, fid: 87.6)
        for index in report.rounds.indices.suffix(3) { report.rounds[index].domains = [Report.untold: scores] }
        let worker = WorkerScores(
            id: "worker-0", imageScore: 3.21, fid: nil, labelAccuracy: 0.5, classification: nil, judgeAccuracy: 0.876)
        report.domains = [
            Report.untold: DomainScores(
                imageScore: 3.21, fid: 87.6, labelAccuracy: 0.5, classification: nil, perWorker: [worker])
        ]
        let text = ReportPage(report, pictures: []).html
        for words in [
            "<h3>workers</h3>", "Scores by round", "workers: image score", "Scores of each worker", "Judge on real images",
            "87.6 %",
            "workers: score", "a judge of its own images",
        ] { #expect(text.contains(words), "\(words) is missing") }
        #expect(!text.contains("<h3>local</h3>") && !text.contains("local: ") && !text.contains("No worker told"))
        #expect(ReportPage(try Samples.fleetReport(), pictures: []).html.contains("No worker told scores"))
        #expect(String(decoding: report.events([]), as: UTF8.self).contains("score/workers/image_score"))
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
