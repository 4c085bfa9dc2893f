/// Columns of text, each as wide as its longest cell.
enum StatusTable {
    /// The last column is not padded; control characters of others' names become '?'.
    static func lines(_ columns: [String], _ rows: [[String]], indent: String = "") -> [String] {
        let all = [columns] + rows.map { $0.map(printable) }
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { index, cell in
                index + 1 == row.count ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            let line = indent + cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// What comes from others must not steer a terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0 }))
    }
}
