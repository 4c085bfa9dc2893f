/// What was modelled and learnt of times, beside what was measured.
extension ReportPage {
    var scheduling: PageSection? {
        let (timings, deadlines) = (report.timings ?? [], report.deadlines ?? [])
        guard report.scheduler?.costModel != nil || !timings.isEmpty || !deadlines.isEmpty else { return nil }
        return PageSection(
            id: "scheduling", title: "Times: modelled, measured, allowed",
            lead: """
                A worker's time in an exchange runs from when it could begin to its message; the core's from the last message that it \
                needed to its first answer. The model's error is |measured / modelled - 1|, of exchanges 1 to 6.
                """,
            body: "\(schedulerFacts)\(timingTable(timings))\(deadlineTable(deadlines))")
    }

    private var schedulerFacts: HTML {
        guard let scheduler = report.scheduler else { return "" }
        var entries: [(name: String, value: HTML)] = [("Planner", "\(scheduler.planner)")]
        if let model = scheduler.costModel { entries.append(("Cost model", "\(model)")) }
        if let seconds = scheduler.seconds {
            entries.append(("A step and its share of a barrier, as planned", "\(Figures.duration(seconds))"))
        }
        if let steady = scheduler.steadySeconds { entries.append(("A step, modelled", "\(Figures.duration(steady))")) }
        if !report.rounds.isEmpty {
            entries.append(("A step, measured", "\(Figures.duration(report.throughput.stepSeconds.median))"))
        }
        if let bound = scheduler.lowerBound { entries.append(("No plan is below", "\(Figures.duration(bound))")) }
        if let gap = scheduler.gap { entries.append(("So at most lost", "\(Figures.percent(gap))")) }
        if let error = scheduler.medianError { entries.append(("Median error, workers", "\(Figures.percent(error))")) }
        if let error = scheduler.medianErrorCore { entries.append(("Median error, core", "\(Figures.percent(error))")) }
        return "<div class=\"card\">\(facts(entries))</div>\n"
    }

    // MARK: Times

    /// A row for each member, or for each tier of many; a column for each exchange.
    private func timingTable(_ timings: [Report.Timing]) -> HTML {
        guard !timings.isEmpty else { return "" }
        let exchanges = Set(timings.map(\.exchange)).sorted()
        let groups = timingGroups(timings)
        let rows = groups.map { name, timings -> [HTML] in
            ["\(name)"] + exchanges.map { exchange in Self.times(timings.filter { $0.exchange == exchange }) }
        }
        let isModelled = timings.contains { $0.modelledSeconds != nil }
        return """
            <div class="card"><h3>Seconds by exchange, measured\(isModelled ? " / modelled" : "")</h3>
            \(table("Times by exchange", ["Member"] + exchanges.map { " \(Self.exchangeName($0))" }, rows))</div>

            """
    }

    private func timingGroups(_ timings: [Report.Timing]) -> [(name: String, timings: [Report.Timing])] {
        let byMember = Dictionary(grouping: timings, by: \.member)
        let cores = byMember.keys.filter { id in !report.workers.contains { $0.id == id } }.sorted()
        let others = cores.map { ($0, byMember[$0] ?? []) }
        guard report.workers.count > Self.manyWorkers else {
            return report.workers.compactMap { worker in byMember[worker.id].map { (worker.name, $0) } } + others
        }
        return tiers.map { tier, workers in (tier, workers.flatMap { byMember[$0.id] ?? [] }) } + others
    }

    /// Medians over a group's members.
    private static func times(_ timings: [Report.Timing]) -> HTML {
        func median(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.sorted()[values.count / 2] }
        guard let measured = median(timings.map(\.measuredSeconds)) else { return "–" }
        let text = Figures.duration(measured)
        return median(timings.compactMap(\.modelledSeconds)).map { "\(text) / \(Figures.duration($0))" } ?? "\(text)"
    }

    /// Numbers are those of docs/protocol.md.
    private static func exchangeName(_ exchange: Int) -> String {
        switch exchange {
        case 1: "1 G act."
        case 2: "2 D act."
        case 3: "3 D grad."
        case 4: "4 G pass act."
        case 5: "5 G pass grad."
        case 6: "6 G grad."
        case 7: "7 barrier"
        default: "\(exchange)"
        }
    }

    private func deadlineTable(_ deadlines: [Report.Deadline]) -> HTML {
        guard !deadlines.isEmpty else { return "" }
        let rows = deadlines.map { deadline -> [HTML] in
            ["\(deadline.tier)", "\(deadline.exchange)"]
                + [deadline.medianSeconds, deadline.spreadSeconds, deadline.deadlineSeconds].map { "\(Figures.duration($0))" }
        }
        return details(
            "What an answer may take, as learnt",
            table("Deadlines", ["Tier", " Exchange", " Median", " Spread", " Deadline"], rows))
    }
}
