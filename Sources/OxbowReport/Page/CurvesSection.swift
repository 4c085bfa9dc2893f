import OxbowEvaluation

extension ReportPage {
    /// Scores by round, a chart for each score and domain.
    var scores: PageSection? {
        guard report.rounds.contains(where: { !$0.domains.isEmpty }) else { return nil }
        let rows = report.scoredNames.enumerated().map { index, domain -> HTML in
            let charts = [
                scoreChart(domain, index, "image score", level: report.judges[domain]?.realScore) { $0.imageScore },
                scoreChart(domain, index, "label accuracy", level: report.judges[domain]?.accuracy) { $0.labelAccuracy },
                scoreChart(domain, index, "FID", level: nil) { $0.fid },
            ].compactMap { $0 }
            return "<div class=\"row\">\n\(charts)</div>\n"
        }
        return PageSection(
            id: "scores", title: "Scores by round",
            lead: report.isOfFleet
                ? "Means over the workers that told theirs, each with its own blocks and the core's, by a judge of its own images."
                : "Means over the domain's workers, each with its cluster's generator. Dashed: real images that nobody trained on.",
            body: "\(rows)")
    }

    private func scoreChart(
        _ domain: String, _ index: Int, _ score: String, level: Double?, _ value: (Scores) -> Double?
    ) -> HTML? {
        let points = rounds { round in round.domains[domain].flatMap(value) }
        guard !points.isEmpty else { return nil }
        let domain = report.scoredTitle(domain)
        let series = LineChart.Series(name: domain, colour: Palette.colour(index), points: points)
        let levels = level.map { [LineChart.Level(name: "real images", value: $0)] } ?? []
        let drawn = LineChart(subject: "\(score) of \(domain)", series: [series], levels: levels, fromZero: true)
        return chart("\(domain): \(score)\(score == "FID" ? " (less is better)" : "")", "", drawn.svg)
    }

    /// Losses by round.
    var lossCurves: PageSection? {
        guard !report.rounds.isEmpty else { return nil }
        let series = [
            LineChart.Series(name: "D on real", colour: 0, points: rounds { $0.loss.dReal }),
            LineChart.Series(name: "D on fake", colour: 1, points: rounds { $0.loss.dFake }),
            LineChart.Series(name: "G", colour: 2, points: rounds { $0.loss.g }),
        ]
        let losses = LineChart(subject: "loss", series: series, fromZero: true, namesAtEnds: true)
        let speed = LineChart(
            subject: "samples per second",
            series: [.init(name: "samples per second", colour: 5, points: rounds(report.samplesPerSecond))], fromZero: true)
        return PageSection(
            id: "loss", title: "Loss and speed by round",
            body: """
                <div class="row">
                \(chart("Loss", "means over workers and steps; 0.69 is guessing", losses.svg))\
                \(chart("Samples per second", "of all workers, each round with its barrier", speed.svg))\
                \(chart("Seconds", "of a round; all but the core's are means", roundSeconds.svg))</div>

                """)
    }
}
