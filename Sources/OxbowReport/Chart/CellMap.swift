/// A row for each worker, a column for each round: a heat map, or a strip of groups.
struct CellMap {
    /// What is known of one cell.
    enum Cell: Hashable {
        case nothing
        /// 0 ... 1 of the scale.
        case shade(Double)
        case group(Int)
        /// It was there.
        case present
    }
    /// A sign on a cell, such as a cross, with words for who points at it.
    struct Mark: Hashable {
        var row: Int
        var column: Int
        var sign: String
        var words: String
    }
    struct Row: Hashable {
        var name: String
        /// Rows of one band stand together; named where there is no room for each row's name.
        var band: String
        var cells: [Cell]
    }

    /// Read out.
    var subject: String
    var columns: [Int]
    var rows: [Row]
    var marks: [Mark] = []

    static let shades = 8
    private static let nameRoom = 98.0

    private var rowHeight: Double { max(1, min(18, 500 / Double(max(1, rows.count)))) }

    var svg: HTML {
        var plot = Plot(left: Self.nameRoom, right: 14, top: 6)
        plot.height = plot.top + plot.bottom + rowHeight * Double(max(1, rows.count))
        guard let first = columns.first, let last = columns.last, !rows.isEmpty else {
            return LineChart.nothing(subject, plot)
        }
        let width = plot.innerWidth / Double(columns.count)
        let axis = Axis(wholes: first...last, ticks: 8)
        let numbers = axis.ticks.compactMap { tick -> HTML? in
            columns.firstIndex(of: Int(tick)).map { column in
                """
                <text class="tick" x="\(plot.left + (Double(column) + 0.5) * width)" y="\(plot.floor + 14)" \
                text-anchor="middle">\(Int(tick))</text>
                """
            }
        }
        let name: HTML = """
            <text class="name" x="\(plot.left + plot.innerWidth / 2)" y="\(plot.height - 4)" text-anchor="middle">round</text>
            """
        return plot.svg(
            "\(subject): \(rows.count) workers by \(columns.count) rounds",
            HTML([
                cells(plot, width), signs(plot, width), rowHeight >= 12 ? rowNames(plot) : bandNames(plot), HTML(numbers), name,
            ]))
    }

    // MARK: Cells

    /// One path for each colour: thousands of cells would make a heavy page.
    private func cells(_ plot: Plot, _ width: Double) -> HTML {
        var paths: [String: String] = [:]
        var texts: [HTML] = []
        // A hair of ground between cells that are large enough.
        let side = min(width, rowHeight)
        let gap = side > 8 ? 1 : side > 3 ? 0.4 : 0
        for (index, row) in rows.enumerated() {
            let top = plot.top + Double(index) * rowHeight
            for (column, cell) in row.cells.enumerated() {
                guard let style = Self.style(cell) else { continue }
                let left = plot.left + Double(column) * width
                let path: HTML = "M\(left) \(top)h\(width - gap)v\(rowHeight - gap)h\(gap - width)z"
                paths[style, default: ""] += path.text
                if case .group(let group) = cell, rowHeight >= 12, width >= 12 {
                    texts.append(
                        """
                        <text class="cell" x="\(left + (width - gap) / 2)" y="\(top + rowHeight / 2 + 3.5)" \
                        text-anchor="middle">\(group)</text>
                        """)
                }
            }
        }
        return HTML(paths.sorted { $0.key < $1.key }.map { "<path class=\"\($0.key)\" d=\"\($0.value)\"/>" } + texts)
    }

    static func style(_ cell: Cell) -> String? {
        switch cell {
        case .nothing: nil
        case .shade(let share): share.isFinite ? "heat h\(shade(share))" : nil
        case .group(let group): "part c\(Palette.colour(group))"
        case .present: "part c0"
        }
    }

    /// 0 to `shades` - 1.
    static func shade(_ share: Double) -> Int { min(shades - 1, Int(max(0, min(1, share)) * Double(shades))) }

    /// Where there is no room for a sign, a dot.
    private func signs(_ plot: Plot, _ width: Double) -> HTML {
        HTML(
            marks.map { mark in
                let (x, y) = (
                    plot.left + (Double(mark.column) + 0.5) * width, plot.top + (Double(mark.row) + 0.5) * rowHeight
                )
                let (side, isOnCell) = (min(width, rowHeight), rows[mark.row].cells[mark.column] != .nothing)
                guard side >= 12 else {
                    return """
                        <circle class="dot" cx="\(x)" cy="\(y)" r="\(max(0.8, min(3, rowHeight / 3)))">\
                        <title>\(mark.words)</title></circle>
                        """
                }
                return """
                    <text class="\(isOnCell ? "sign cell" : "sign")" x="\(x)" y="\(y + 4)" text-anchor="middle">\(mark.sign)\
                    <title>\(mark.words)</title></text>
                    """
            })
    }

    // MARK: Names

    private func rowNames(_ plot: Plot) -> HTML {
        HTML(
            rows.enumerated().map { index, row in
                let y = plot.top + (Double(index) + 0.5) * rowHeight + 4
                return """
                    <text class="tick" x="\(plot.left - 6)" y="\(y)" text-anchor="end">\
                    \(Plot.fitting(row.name, units: Self.nameRoom - 6))</text>
                    """
            })
    }

    private func bandNames(_ plot: Plot) -> HTML {
        var result = HTML.empty
        var start = 0
        var free = plot.top
        for index in rows.indices where index == rows.count - 1 || rows[index].band != rows[index + 1].band {
            let (top, bottom) = (plot.top + Double(start) * rowHeight, plot.top + Double(index + 1) * rowHeight)
            start = index + 1
            if start < rows.count {
                result += "<line class=\"axis\" x1=\"4\" y1=\"\(bottom)\" x2=\"\(plot.left)\" y2=\"\(bottom)\"/>"
            }
            let y = (top + bottom) / 2 + 4
            // A name that would lie on the one above is left out.
            guard y - 10 >= free else { continue }
            free = y + 3
            result += """
                <text class="tick" x="\(plot.left - 6)" y="\(y)" text-anchor="end">\
                \(Plot.fitting(rows[index].band, units: Self.nameRoom - 6))</text>
                """
        }
        return result
    }
}

/// Colours by number; the stylesheet says which for light and dark.
enum Palette {
    /// They come again for more curves or groups than colours; names tell those apart.
    static let count = 8
    /// Neither good nor bad: waiting.
    static let neutral = 8

    static func colour(_ number: Int) -> Int { number % count }
}
