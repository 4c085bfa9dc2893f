extension ReportPage {
    /// Who was averaged with whom, how far from the others, and with what weight.
    var clusters: PageSection? {
        guard report.rounds.contains(where: { !$0.clusters.isEmpty }) else { return nil }
        let (divergence, weight) = (
            byWorker("Divergence", "from the other members of its cluster, in nats") { $0.divergence[$1] },
            byWorker("Aggregation weight", "within its cluster; weights of a cluster add up to 1") { $0.weights[$1] }
        )
        return PageSection(
            id: "clusters", title: "Clusters, divergence and weights",
            lead: """
                At each barrier, workers whose activations are alike form a cluster and are averaged with each other; the nearer \
                to the rest of its cluster, the more a worker weighs. Nobody tells the core which domain a worker has.
                """,
            body: "<div class=\"row\">\n\(clusterStrip)\(divergence)\(weight)</div>\n\(clusterTable)")
    }

    /// Workers by domain: rows of one domain should have one colour.
    private var clusterStrip: HTML {
        let named = report.domainNames.flatMap { domain in report.workers.filter { $0.domain == domain } }
        let sorted = named + report.workers.filter { !report.domainNames.contains($0.domain) }
        let map = CellMap(
            subject: "cluster of each worker", columns: report.rounds.map(\.round),
            rows: sorted.map { worker in
                CellMap.Row(
                    name: worker.name, band: worker.domain,
                    cells: report.rounds.map { $0.cluster(of: worker.id).map(CellMap.Cell.group) ?? .nothing })
            })
        return chart("Cluster by round", report.isOfFleet ? "" : "workers by domain", legend: clusterLegend, map.svg)
    }

    private var clusterCount: Int { report.rounds.map(\.clusters.count).max() ?? 0 }

    private var clusterLegend: HTML {
        let shown = min(clusterCount, Palette.count)
        var entries = (0..<shown).map { (name: "cluster \($0)", style: "c\(Palette.colour($0))") }
        if clusterCount > shown { entries.append((name: "and \(clusterCount - shown) more, colours again", style: "none")) }
        return legend(entries)
    }

    /// Curves for a few workers, a map for many.
    private func byWorker(_ caption: String, _ explanation: String, _ value: (Report.Round, String) -> Double?) -> HTML {
        if report.workers.count > Self.manyCurves { return cellChart(caption, explanation, value) }
        let series = report.workers.map { worker in
            LineChart.Series(
                name: worker.name, colour: lastCluster(worker.id).map(Palette.colour) ?? Palette.neutral,
                points: rounds { value($0, worker.id) })
        }
        let chart = LineChart(subject: caption, series: series, fromZero: true, namesAtEnds: true)
        return self.chart(caption, explanation + "; colours: cluster in the last round", legend: clusterLegend, chart.svg)
    }

    private func lastCluster(_ worker: String) -> Int? { report.rounds.last?.cluster(of: worker) }

    private func cellChart(_ caption: String, _ explanation: String, _ value: (Report.Round, String) -> Double?) -> HTML {
        let all = report.rounds.flatMap { round in report.workers.compactMap { value(round, $0.id) } }.filter(\.isDrawable)
        let highest = all.max() ?? 0
        let sorted = report.workers.enumerated().sorted {
            (lastCluster($0.element.id) ?? .max, $0.offset) < (lastCluster($1.element.id) ?? .max, $1.offset)
        }.map(\.element)
        let rows = sorted.map { worker in
            CellMap.Row(
                name: worker.name, band: lastCluster(worker.id).map { "cluster \($0)" } ?? "away",
                cells: report.rounds.map { round in
                    guard let found = value(round, worker.id), found.isDrawable else { return .nothing }
                    return .shade(highest > 0 ? found / highest : 0)
                })
        }
        let map = CellMap(subject: "\(caption) of each worker", columns: report.rounds.map(\.round), rows: rows)
        return chart(
            caption, explanation + "; workers by their cluster in the last round", legend: shades(highest), map.svg)
    }

    private func shades(_ highest: Double) -> HTML {
        legend([
            (name: "0", style: "h0"), (name: Figures.short(highest / 2), style: "h\(CellMap.shades / 2)"),
            (name: Figures.short(highest), style: "h\(CellMap.shades - 1)"), (name: "blank: none", style: "none"),
        ])
    }

    /// The last round in numbers.
    private var clusterTable: HTML {
        guard let last = report.rounds.last else { return "" }
        let rows = report.workers.map { worker -> [HTML] in
            [
                "\(worker.name)", "\(worker.domain)", last.cluster(of: worker.id).map { "\($0)" } ?? "–",
                text(last.divergence[worker.id], Figures.short), text(last.weights[worker.id], Figures.short),
            ]
        }
        return details(
            "Round \(last.round) in numbers",
            table("Clusters in round \(last.round)", ["Worker", "Domain", " Cluster", " Divergence", " Weight"], rows))
    }
}
