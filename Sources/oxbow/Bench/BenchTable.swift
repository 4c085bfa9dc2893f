import Foundation

/// Rows with the same columns as aligned text: names to the left, numbers to the right.
struct BenchTable {
    private let lines: [[String]]

    init(_ rows: [BenchRow]) {
        var headings: [String] = []
        for value in rows.flatMap(\.values) where !headings.contains(value.heading) { headings.append(value.heading) }
        let body = rows.map { row in
            [row.name]
                + headings.map { heading in
                    row.values.first { $0.heading == heading }.map { Self.short($0.number / $0.unit) } ?? "-"
                }
        }
        lines = [[""] + headings] + body
    }

    var text: String {
        let widths = (lines.first ?? []).indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 0 ? line[column] + space : space + line[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// Four digits that count, without an exponent below 10^15.
    static func short(_ number: Double) -> String {
        guard number.isFinite else { return "\(number)" }
        // Nothing that was measured: hundreds of digits would only push the other columns away.
        if abs(number) >= 1e15 { return String(format: "%.3e", number) }
        if number == number.rounded() { return String(format: "%.0f", number) }
        let decimals = max(0, 3 - Int(log10(max(abs(number), 1e-9)).rounded(.down)))
        return String(format: "%.\(min(decimals, 9))f", number)
    }
}
