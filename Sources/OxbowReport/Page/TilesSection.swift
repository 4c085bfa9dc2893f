import OxbowEvaluation

extension ReportPage {
    /// The scores at the end, a tile for each domain.
    var tiles: PageSection? {
        PageSection(
            id: "results", title: "Results",
            lead: """
                Image score: 1 is noise, the number of classes is the ceiling. Label accuracy: how often a classifier trained on \
                real images sees the label that was asked for.
                """,
            body: "<div class=\"row full\">\n\(report.scoredNames.map(tile))</div>\n")
    }

    private func tile(_ domain: String) -> HTML {
        guard let scores = report.domains[domain] else {
            return """
                <div class="card tile"><h3>\(domain)</h3><p class="small">\(noScores(domain))</p></div>

                """
        }
        let real = report.judges[domain]?.realScore
        return """
            <div class="card tile"><h3>\(report.scoredTitle(domain))</h3>
            <div class="big">\(Figures.fixed(scores.imageScore, 2))<small>image score\(ceiling(real))</small></div>
            \(meter(scores.imageScore, real))\(facts(entries(scores)))</div>

            """
    }

    private func noScores(_ domain: String) -> String {
        if report.isOfFleet {
            return "No worker told scores of its generator, and a broker knows nothing of its workers' images."
        }
        let last = report.rounds.last { $0.domains[domain] != nil }
        guard let last, let scores = last.domains[domain] else { return "Not evaluated." }
        return "Not evaluated at the end. In round \(last.round): image score \(Figures.fixed(scores.imageScore, 2)), "
            + "label accuracy \(Figures.percent(scores.labelAccuracy))."
    }

    private func ceiling(_ real: Double?) -> String {
        real.map { "; real images have \(Figures.fixed($0, 2))" } ?? ""
    }

    /// How far from noise (1) to real images.
    private func meter(_ score: Double, _ real: Double?) -> HTML {
        guard let real, real > 1, score.isFinite else { return "" }
        let share = max(0, min(1, (score - 1) / (real - 1))) * 100
        return """
            <div class="meter" role="img" aria-label="\(Figures.fixed(share, 0)) % of the way from noise to real images">\
            <i style="width:\(share)%"></i></div>

            """
    }

    private func entries(_ scores: DomainScores) -> [(name: String, value: HTML)] {
        var entries: [(name: String, value: HTML)] = [("Label accuracy", "\(Figures.percent(scores.labelAccuracy))")]
        if let fid = scores.fid { entries.append(("FID (less is better)", "\(Figures.short(fid))")) }
        if let found = scores.classification {
            entries.append(("Classification accuracy", "\(Figures.percent(found.accuracy))"))
            entries.append(("Precision", "\(Figures.percent(found.precision))"))
            entries.append(("Recall", "\(Figures.percent(found.recall))"))
            entries.append(("F1", "\(Figures.percent(found.f1))"))
            entries.append(("False positives", "\(Figures.percent(found.fpr))"))
        }
        return entries
    }
}
