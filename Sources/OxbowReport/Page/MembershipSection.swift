/// Who was there when, in runs where that changed or was not known before.
extension ReportPage {
    var membership: PageSection? {
        let events = report.membership ?? []
        guard report.rounds.contains(where: { $0.members != nil }), report.isOfFleet || !events.isEmpty else { return nil }
        return PageSection(
            id: "membership", title: "Who took part, and when",
            lead: """
                Each row is a worker, each column a round that was committed; filled where it took part to the round's end. \
                Newcomers enter at barriers only.
                """,
            body: "<div class=\"row wide\">\n\(membershipChart)\(planChart)</div>\n\(eventTable(events))")
    }

    private static let signs: [Report.MembershipEvent.Event: String] = [
        .joined: "+", .left: "→", .lost: "×", .sidelined: "~",
    ]

    private var membershipChart: HTML {
        let rows = report.workers.map { worker in
            CellMap.Row(
                name: worker.name, band: worker.tier,
                cells: report.rounds.map { $0.members?.contains(worker.id) == true ? .present : .nothing })
        }
        let map = CellMap(subject: "members by round", columns: report.rounds.map(\.round), rows: rows, marks: marks)
        return chart(
            "Members by round", "\(Self.counted(report.workers.count, "worker")) in all",
            legend: legend([
                (name: "took part", style: "c0"), (name: "+ joined", style: "none"), (name: "→ left", style: "none"),
                (name: "× lost", style: "none"), (name: "~ too slow", style: "none"),
            ]), map.svg)
    }

    /// The last of each worker and round: more would lie on each other.
    private var marks: [CellMap.Mark] {
        let row = Dictionary(report.workers.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let column = Dictionary(report.rounds.enumerated().map { ($1.round, $0) }, uniquingKeysWith: { first, _ in first })
        var marks: [[Int]: CellMap.Mark] = [:]
        for event in report.membership ?? [] {
            guard let row = row[event.member], let column = column[event.round], let sign = Self.signs[event.event] else {
                continue
            }
            let words =
                "\(name(event.member)), round \(event.round): \(event.event.rawValue)" + (event.reason.map { ", \($0)" } ?? "")
            marks[[row, column]] = CellMap.Mark(row: row, column: column, sign: sign, words: words)
        }
        return marks.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    // MARK: Cuts that changed

    /// A row for each worker whose cuts changed, a column for each plan; or that none did.
    private var planChart: HTML {
        guard let plans = report.plans, plans.count > 1 else { return "" }
        let shown = plans.suffix(8)
        let changed = report.workers.filter { worker in Set(plans.compactMap { $0.cuts[worker.id] }).count > 1 }
        guard !changed.isEmpty else {
            return """
                <div class="card"><h3>Cuts by round</h3>
                <p class="small">Workers came and went at \(Self.counted(plans.count - 1, "barrier")); nobody's cuts changed.</p></div>

                """
        }
        let rows = changed.prefix(Self.manyWorkers).map { worker -> [HTML] in
            ["\(worker.name)"]
                + shown.map { plan in
                    plan.cuts[worker.id].map { "<code>\($0.map(String.init).joined(separator: " "))</code>" } ?? "–"
                }
        }
        let more = changed.count - rows.count
        let rest = more > 0 ? "<p class=\"small after\">and \(more) workers more</p>" : HTML.empty
        return """
            <div class="card"><h3>Cuts that changed</h3>
            \(table("Cuts by round", ["Worker"] + shown.map { "From round \($0.round)" }, rows))\(rest)</div>

            """
    }

    // MARK: Events

    private static let shownEvents = 500

    private func eventTable(_ events: [Report.MembershipEvent]) -> HTML {
        guard !events.isEmpty else { return "<p class=\"small after\">Nobody came or went during the run.</p>\n" }
        let rows = events.prefix(Self.shownEvents).map { event -> [HTML] in
            [
                "\(Figures.duration(max(0, event.time - report.started)))", "\(event.round)", "\(name(event.member))",
                "\(event.event.rawValue)", "\(event.reason ?? "")",
            ]
        }
        let rest = events.count > rows.count ? "; the first \(rows.count) of \(events.count)" : ""
        return details(
            "Who came and went, in order\(rest)",
            table("Members that came and went", ["After", " Round", "Member", "Event", "Reason"], rows))
    }
}
