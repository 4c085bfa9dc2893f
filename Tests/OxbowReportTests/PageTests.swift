import Foundation
import OxbowEvaluation
import Testing

@testable import OxbowReport

@Suite struct PageTests {
    private func page(_ report: Report, _ pictures: [GridPicture] = []) -> String { ReportPage(report, pictures: pictures).html }
    private func count(_ part: String, _ text: String) -> Int { text.components(separatedBy: part).count - 1 }

    @Test func itHoldsWhatARunIsAskedFor() throws {
        let report = try Samples.report()
        let text = page(report, try Samples.pictures(report, side: 4))
        for heading in [
            "Training report", "Results", "Generated images", "Clusters side by side", "Scores by round",
            "Loss and speed by round",
            "Clusters, divergence and weights", "Who ran which cut, and why", "Time and bytes", "Scores of each worker",
            "How far the judges can be trusted", "Every round in numbers", "Configuration", "How to repeat this run",
        ] { #expect(text.contains(heading), "\(heading) is missing") }
        for words in [
            "8.70", "real images have 9.72", "FID", "30.2", "93.1 %", "small-1", "declared in the experiment",
            "planner uniform", "steps_per_round: 50", "oxbow run --preset demo --set rounds=4 --out AGAIN",
            report.stateHash ?? "?",
        ] { #expect(text.contains(words), "\(words) is missing") }
        #expect(count("<img ", text) == 2 * 4 + 2)
    }

    @Test func itFetchesNothing() throws {
        let report = try Samples.report()
        let text = page(report, try Samples.pictures(report, side: 4))
        for foreign in ["http:", "https:", "url(", "@import", "<link", "<script src", "<iframe"] {
            #expect(!text.contains(foreign), "\(foreign) is there")
        }
        #expect(count("src=\"", text) == count("src=\"data:image/png;base64,", text))
    }

    @Test func namesOfUsersAreText() throws {
        var report = try Samples.report()
        let evil = "</title><script>alert('1')</script>\""
        report.workers[0].name = evil
        report.workers[0].cutsBy = evil
        report.workers[0].tier = evil
        report.outcome = evil
        report.losses = [evil]
        report.origin.arguments = ["run", evil]
        report.origin.kernels = evil
        report.experiment.data.domains[0] = evil
        report.experiment.data.dir = evil
        report.domains[evil] = report.domains["mnist"]
        report.judges[evil] = report.judges["mnist"]
        for index in report.rounds.indices { report.rounds[index].domains[evil] = report.rounds[index].domains["mnist"] }
        let facts = Report.Picture(round: 4, domain: evil, file: evil, classes: 3)
        let text = page(report, [try Samples.picture(facts, side: 4)])
        #expect(!text.contains("<script>alert") && !text.contains("</title><script>") && count("<script>", text) == 1)
        #expect(text.contains("&lt;script&gt;alert(&#39;1&#39;)"))
    }

    @Test func theEdgesOfRuns() throws {
        let none = page(try Samples.report(rounds: 0, scored: false))
        #expect(none.contains("0 of 1") && none.contains("Not evaluated.") && !none.contains("<svg class=\"chart\""))
        let one = page(try Samples.report(workers: 1, rounds: 1))
        #expect(one.contains("1 worker trained") && one.contains("1 of 1") && !one.contains("Clusters side by side"))
        let unscored = page(try Samples.report(scored: false))
        #expect(!unscored.contains("Scores by round") && unscored.contains("Loss and speed by round"))
    }

    @Test func aRunThatDidNotEndSaysWhy() throws {
        var report = try Samples.report()
        report.outcome = "Stopped: signal 2. The last committed barrier is kept."
        report.domains = [:]
        report.losses = ["worker-1: its lease ended"]
        let text = page(report)
        #expect(text.contains("not finished") && text.contains("Stopped: signal 2") && text.contains("worker-1: its lease ended"))
        #expect(text.contains("Not evaluated at the end. In round 4: image score 8.70"))
    }

    @Test func numbersThatAreNoneAreSaid() throws {
        var report = try Samples.report()
        for index in report.rounds.indices {
            report.rounds[index].loss = .init(dReal: .nan, dFake: .infinity, g: -.infinity)
            report.rounds[index].divergence = report.rounds[index].divergence.mapValues { _ in .nan }
            report.rounds[index].seconds = 0
        }
        report.domains["mnist"]?.imageScore = .nan
        report.judges["mnist"]?.realScore = .infinity
        report.throughput.stepSeconds.median = .nan
        #expect(page(report).contains("no numbers"))
    }

    @Test func manyWorkersAreGroupedAndMapped() throws {
        let report = try Samples.report(workers: 100, rounds: 50)
        let text = page(report)
        #expect(text.contains("Time by tier") && text.contains("All 100 workers") && text.contains("cluster 1"))
        #expect(text.utf8.count < 1_000_000, "\(text.utf8.count) bytes")
        #expect(ReportPage.groups(report.workers, apart: false).count == 14)
    }

    @Test func picturesStayWithinTheBudget() throws {
        #expect(PictureChoice.spread(Array(1...5), most: 12) == [1, 2, 3, 4, 5])
        let chosen = PictureChoice.spread(Array(1...50), most: 12)
        #expect(chosen.count == 12 && chosen.first == 1 && chosen.last == 50 && Set(chosen).count == 12)
        let report = try Samples.report(workers: 2, rounds: 50)
        let pictures = try Samples.pictures(report, side: 4)
        let text = page(report, pictures)
        #expect(text.contains("12 of 50 evaluated rounds are shown") && count("<img ", text) == 12 * 2 + 2)
        #expect(PictureChoice.rounds(pictures, budget: 0) == [50])
        let few = PictureChoice.rounds(pictures, budget: 6 * 2 * pictures[0].addressCount)
        #expect((2...6).contains(few.count) && few.first == 1 && few.last == 50)
    }

    /// For ops/page-test.sh: pages that a browser opens.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["OXBOW_PAGES"] != nil))
    func pagesForABrowser() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["OXBOW_PAGES"])
        var broken = try Samples.report()
        broken.outcome = "Unable to go on: a loss is no number. Lower optimizer.learning_rate."
        broken.workers[1].name = "a-worker-with-<a>-rather-long-name-that-somebody-gave-it"
        broken.losses = (0..<60).map { "worker-\($0): its lease ended" }
        for index in broken.rounds.indices { broken.rounds[index].loss.g = .nan }
        let large = try Samples.report(workers: 100, rounds: 50)
        let cases: [(String, Report, Bool)] = [
            ("usual", try Samples.report(), true), ("middle", try Samples.report(workers: 12, rounds: 20, every: 5), true),
            ("large", large, true), ("one", try Samples.report(workers: 1, rounds: 1), true),
            ("none", try Samples.report(rounds: 0, scored: false), false), ("broken", broken, false),
        ]
        for (name, report, hasPictures) in cases {
            let text = page(report, hasPictures ? try Samples.pictures(report) : [])
            #expect(text.utf8.count < 3_300_000, "\(name) has \(text.utf8.count) bytes")
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).html"))
        }
    }
}
