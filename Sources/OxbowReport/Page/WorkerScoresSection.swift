import OxbowEvaluation

extension ReportPage {
    /// Every worker's own generator, scored alone.
    var workerScores: PageSection? {
        let all = report.scoredNames.flatMap { domain in
            (report.domains[domain]?.perWorker ?? []).map { (domain: domain, scores: $0) }
        }
        guard !all.isEmpty else { return nil }
        let hasFID = all.contains { $0.scores.fid != nil }
        let hasClassification = all.contains { $0.scores.classification != nil }
        var columns = ["Worker", "Domain", " Image score", " Label accuracy"]
        if hasFID { columns.append(" FID") }
        if hasClassification { columns.append(" Classification accuracy") }
        let hasOwnJudges = all.contains { $0.scores.judgeAccuracy != nil }
        if hasOwnJudges { columns.append(" Judge on real images") }
        let rows = all.map { domain, scores -> [HTML] in
            var row: [HTML] = [
                "\(name(scores.id))", "\(domain)", "\(Figures.fixed(scores.imageScore, 2))",
                "\(Figures.percent(scores.labelAccuracy))",
            ]
            if hasFID { row.append(text(scores.fid, Figures.short)) }
            if hasClassification { row.append(text(scores.classification?.accuracy, Figures.percent)) }
            if hasOwnJudges { row.append(text(scores.judgeAccuracy, Figures.percent)) }
            return row
        }
        let drawn = table("Scores of each worker", columns, rows)
        let many = all.count > Self.manyWorkers
        return PageSection(
            id: "workers", title: "Scores of each worker",
            lead: "Each worker's effective generator: its own blocks, and the core's.",
            body: """
                <div class="card">\(many ? spread : "")\(many ? details("All \(all.count) workers", drawn) : drawn)</div>

                """)
    }

    /// The least, the middle and the best worker of each domain.
    private var spread: HTML {
        let rows = report.scoredNames.compactMap { domain -> [HTML]? in
            let sorted = (report.domains[domain]?.perWorker ?? []).map(\.imageScore).sorted()
            guard let least = sorted.first, let most = sorted.last else { return nil }
            return ["\(report.scoredTitle(domain))"] + [least, sorted[sorted.count / 2], most].map { "\(Figures.fixed($0, 2))" }
        }
        return table("Image scores of workers", ["Domain", " Least image score", " Median", " Most"], rows)
    }

    /// How far the judges can be trusted.
    var trust: PageSection? {
        let rows = report.domainNames.compactMap { domain -> [HTML]? in
            report.judges[domain].map {
                [
                    "\(domain)", "\(Figures.percent($0.accuracy))", "\(Figures.fixed($0.realScore, 2))",
                    "\(Figures.duration($0.seconds))",
                ]
            }
        }
        guard !rows.isEmpty else { return nil }
        let columns = ["Domain", " Accuracy on real images", " Image score of real images", " Time to load or train"]
        return PageSection(
            id: "judges", title: "How far the judges can be trusted",
            lead: """
                A judge is a classifier trained on the domain's real training images only. These numbers are from real images that it \
                never saw: scores of generated images can hardly be better.
                """,
            body: "<div class=\"card\">\(table("Judges", columns, rows))</div>\n")
    }
}
