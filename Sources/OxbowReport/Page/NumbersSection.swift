extension ReportPage {
    /// Every round in a row.
    var numbers: PageSection? {
        guard !report.rounds.isEmpty else { return nil }
        let evaluated = report.scoredNames.filter { domain in report.rounds.contains { $0.domains[domain] != nil } }
        let columns =
            [
                "Round", " Steps", " Seconds", " Samples/s", " D on real", " D on fake", " G", " Up", " Down", " Clusters",
            ] + evaluated.flatMap { [" \(report.scoredTitle($0)): score", " labels"] } + ["Hash"]
        let rows = report.rounds.map { round -> [HTML] in
            let scores = evaluated.flatMap { domain -> [HTML] in
                [
                    text(round.domains[domain]?.imageScore) { Figures.fixed($0, 2) },
                    text(round.domains[domain]?.labelAccuracy, Figures.percent),
                ]
            }
            return [
                "\(round.round)", "\(round.steps)", "\(Figures.short(round.seconds))",
                text(report.samplesPerSecond(round), Figures.short), "\(Figures.fixed(round.loss.dReal, 3))",
                "\(Figures.fixed(round.loss.dFake, 3))", "\(Figures.fixed(round.loss.g, 3))",
                "\(Figures.bytes(Double(round.bytes.up)))", "\(Figures.bytes(Double(round.bytes.down)))",
                "\(round.clusters.count)",
            ] + scores + ["<code>\(String(round.hash.prefix(12)))</code>"]
        }
        return PageSection(
            id: "numbers", title: "Every round in numbers",
            body:
                "<div class=\"card\">\(details("Show \(Self.counted(rows.count, "round"))", table("Rounds", columns, rows)))</div>\n"
        )
    }
}
