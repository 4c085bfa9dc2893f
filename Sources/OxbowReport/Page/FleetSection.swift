extension ReportPage {
    /// Who ran which blocks, and why.
    var fleet: PageSection? {
        guard !report.workers.isEmpty else { return nil }
        let groups = Self.groups(report.workers, apart: report.workers.count <= Self.manyWorkers)
        let rows = groups.map(row)
        return PageSection(
            id: "fleet", title: "Who ran which cut, and why",
            lead: """
                Each network is cut into a U: the upper, filled blocks stay with the worker and its data, the lower ones run in the \
                core.
                """,
            body: """
                <div class="card">\(table("Cuts of the workers", columns(groups), rows))</div>

                """ + losses)
    }

    private func columns(_ groups: [[Report.Worker]]) -> [String] {
        let who = groups.count == report.workers.count ? "Id" : " Number"
        return [
            "Worker\(groups.count == report.workers.count ? "" : "s")", "Blocks", "Cuts", "Chosen by", "Tier", "Domain",
            " Samples",
        ] + [who]
    }

    private func row(_ group: [Report.Worker]) -> [HTML] {
        let (first, last) = (group[0], group[group.count - 1])
        let samples = (group.map(\.samples).min() ?? 0, group.map(\.samples).max() ?? 0)
        let isAlone = group.count == 1 && report.workers.count <= Self.manyWorkers
        let range =
            samples.0 == samples.1 ? Figures.count(samples.0) : "\(Figures.count(samples.0)) – \(Figures.count(samples.1))"
        return [
            "\(group.count == 1 ? first.name : "\(first.name) … \(last.name)")",
            picture(first.cuts), "<code>\(first.cuts.map(String.init).joined(separator: " "))</code>", "\(first.cutsBy)",
            "\(first.tier)", "\(first.domain)", "\(range)", isAlone ? "\(first.id)" : "\(group.count)",
        ]
    }

    private func picture(_ cuts: [Int]) -> HTML {
        guard let model, let picture = UPicture(cuts, model) else { return "–" }
        return picture.svg
    }

    /// Each worker alone, or those of one tier, domain and cut together.
    static func groups(_ workers: [Report.Worker], apart: Bool) -> [[Report.Worker]] {
        if apart { return workers.map { [$0] } }
        var groups: [[Report.Worker]] = []
        for worker in workers {
            let index = groups.firstIndex { group in
                let first = group[0]
                return first.tier == worker.tier && first.domain == worker.domain && first.cuts == worker.cuts
                    && first.cutsBy == worker.cutsBy
            }
            if let index { groups[index].append(worker) } else { groups.append([worker]) }
        }
        return groups
    }

    /// `worker-3: why` with the name that people know it by.
    private func named(_ loss: String) -> String {
        guard let colon = loss.firstIndex(of: ":"), let name = names[String(loss[..<colon])], report.isOfFleet else {
            return loss
        }
        return name + loss[colon...]
    }

    private static let shownLosses = 8

    private var losses: HTML {
        guard !report.losses.isEmpty else { return "<p class=\"small after\">No member was lost.</p>\n" }
        let items = report.losses.map { loss -> HTML in "<li>\(named(loss))</li>" }
        let first = Array(items.prefix(Self.shownLosses))
        let rest = Array(items.dropFirst(Self.shownLosses).prefix(1000))
        let more = rest.isEmpty ? "" : details("\(items.count - first.count) more", "<ul>\(rest)</ul>")
        return """
            <div class="card alert"><h3>Members that were lost</h3>
            <ul>\(first)</ul>\(more)</div>

            """
    }
}
