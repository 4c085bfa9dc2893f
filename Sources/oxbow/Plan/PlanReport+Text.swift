import Foundation

// The report for people.
extension PlanReport {
    var text: String {
        [headline, tierTable, exchangeTable, bottleneck, fasterLines].joined(separator: "\n\n")
    }

    private var headline: String {
        let proof =
            gap == 0
            ? "\(noPlan) is faster." : "\(noPlan) takes less than \(Self.number(lowerBound)) s (gap \(Self.percent(gap)))."
        return "\(workers) workers, batch \(batch): \(Self.number(seconds)) s a step by the cost model '\(costModel)'. \(proof)\n"
            + "Planner '\(planner)': \(evaluations) evaluations in \(Self.number(planningSeconds)) s."
    }

    /// Of which plans the certificate speaks.
    private var noPlan: String {
        let kept = [("head", minHead), ("tail", minTail)].filter { $0.1 > 0 }.map { end, blocks in
            "\(blocks) block\(blocks == 1 ? "" : "s") more in every \(end)"
        }
        let given = given == 0 ? "" : " with the cuts that are given"
        return "No plan" + (kept.isEmpty ? "" : " that keeps " + kept.joined(separator: " and ")) + given
    }

    private var tierTable: String {
        let rows = tiers.flatMap { tier in
            tier.choices.enumerated().map { index, choice in
                [
                    index == 0 ? tier.name : "", "\(choice.workers) x", "\(choice.cuts)", Self.number(choice.gflop),
                    Self.number(Double(choice.bytes) / 1e6), Self.number(Double(choice.memory) / 1e6),
                    Self.number(choice.seconds),
                ]
            }
        }
        let heading = ["tier", "workers", "cuts", "GFLOP a step", "MB a step", "MB of memory", "own seconds"]
        return TextTable([heading] + rows, left: [0]).text
    }

    private var exchangeTable: String {
        let rows = exchanges.map { row in
            [
                row.exchange == 0 ? row.name : "\(row.exchange) \(row.name)", Self.number(row.down), Self.number(row.compute),
                Self.number(row.up), Self.number(row.core), row.cause,
            ]
        }
        let heading = ["seconds of a step", "wire down", "compute", "wire up", "core", "mostly"]
        return TextTable([heading] + rows, left: [0, 5]).text
    }

    private var bottleneck: String {
        let most = causes.prefix(4).map { "\($0.name) \(Self.number($0.seconds)) s (\(Self.percent($0.seconds / seconds)))" }
        return "A step waits for: " + most.joined(separator: ", ") + "."
    }

    private var fasterLines: String {
        faster.map { machine in
            let saved = max(0, seconds - machine.seconds)
            let how = machine.isPlannedAnew ? "planned anew" : "with the same cuts"
            return "Twice as fast and \(how), \(machine.name) would bring \(Self.number(machine.seconds)) s a "
                + "step (\(Self.percent(saved / seconds)) less)."
        }.joined(separator: "\n")
    }

    private static func percent(_ share: Double) -> String { String(format: share < 0.001 ? "%.3f %%" : "%.1f %%", share * 100) }
    private static func number(_ value: Double) -> String { BenchTable.short(value) }
}

/// Rows of words as aligned columns, to the right but for some.
struct TextTable {
    let rows: [[String]]
    /// Columns that begin at the left.
    let left: Set<Int>

    init(_ rows: [[String]], left: Set<Int>) {
        self.rows = rows
        self.left = left
    }

    var text: String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return left.contains(column) ? row[column] + space : space + row[column]
            }.joined(separator: "  ").trimmingSuffix(" ")
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
