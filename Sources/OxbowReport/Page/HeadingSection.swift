extension ReportPage {
    /// What this is, how it ended, and where to find what.
    func heading(_ sections: [PageSection]) -> HTML {
        let badge: HTML =
            report.isFinished ? "<span class=\"badge\">finished</span>" : "<span class=\"badge bad\">not finished</span>"
        let alert: HTML = report.isFinished ? "" : "<p class=\"card alert\">\(report.outcome)</p>\n"
        let links = sections.map { section -> HTML in "<a href=\"#\(section.id)\">\(section.title)</a>\n" }
        return """
            <header>
            <h1>Training report \(badge)</h1>
            <p class="lead">\(summary)</p>
            \(alert)<div class="card"><dl class="facts">\
            <div class="long"><dt>Started</dt><dd>\(Figures.date(report.started))</dd></div>\
            \(items(runFacts))</dl>\(hash)</div>
            <nav aria-label="Sections">\(links)</nav>
            </header>
            """
    }

    private var summary: String {
        let workers = report.workers.isEmpty ? report.experiment.fleet.reduce(0) { $0 + $1.workers } : report.workers.count
        let what = report.isOfFleet ? "images that stayed with them" : report.domainNames.joined(separator: ", ")
        return "\(Self.counted(workers, "worker")) trained one conditional GAN on \(what)."
    }

    private var runFacts: [(name: String, value: HTML)] {
        let throughput = report.throughput.samplesPerSecond
        return [
            ("The run took", "\(Figures.duration(report.seconds))"),
            ("Rounds", "\(report.rounds.count) of \(report.experiment.rounds)"),
            ("Steps", "\(Figures.count(report.rounds.reduce(0) { $0 + $1.steps }))"),
            ("Samples/s", throughput > 0 ? "\(Figures.short(throughput))" : "–"),
            ("Method", "\(report.experiment.method.rawValue)"),
            ("Seed", "\(String(report.seed))"),
        ]
    }

    private var hash: HTML {
        guard let hash = report.stateHash else { return "" }
        return """
            <dl class="facts"><div class="whole"><dt>State hash after the last round</dt>\
            <dd class="mono">\(hash)</dd></div></dl>
            """
    }

    static func counted(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
