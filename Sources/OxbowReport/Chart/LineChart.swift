/// Curves over rounds.
struct LineChart {
    /// One curve; numbers that are none leave a gap.
    struct Series {
        var name: String
        /// Number in the palette.
        var colour: Int
        var points: [(x: Int, y: Double)]
    }

    /// A level to compare with, dashed across.
    struct Level: Hashable {
        var name: String
        var value: Double
    }

    /// Read out, and shown where there is nothing to draw.
    var subject: String
    var series: [Series]
    /// What is counted from left to right.
    var unit = "round"
    var levels: [Level] = []
    var fromZero = false
    /// Names at the ends of the curves, where there is room; otherwise a legend must be put beside.
    var namesAtEnds = false

    /// Beyond this, marks at the points would cover the curve.
    private static let markLimit = 30
    private static let nameRoom = 86.0

    var svg: HTML {
        let values = series.flatMap { $0.points.map(\.y) } + levels.map(\.value)
        let rounds = series.flatMap { $0.points.map(\.x) }
        var plot = Plot()
        if namesAtEnds { plot.right = Self.nameRoom }
        guard let first = rounds.min(), let last = rounds.max(), let vertical = Axis(around: values, fromZero: fromZero) else {
            return Self.nothing(subject, plot)
        }
        let horizontal = Axis(wholes: first...last, ticks: namesAtEnds ? 6 : 8)
        let curves = series.map { curve($0, plot, horizontal, vertical) }
        let content: HTML = """
            \(plot.vertical(vertical))\(plot.horizontal(horizontal, name: unit))\
            \(levels.map { level($0, plot, vertical) })\(curves)\(namesAtEnds ? names(plot, vertical) : .empty)
            """
        return plot.svg(spoken, content)
    }

    static func nothing(_ subject: String, _ plot: Plot) -> HTML {
        plot.svg(
            "\(subject): no numbers",
            """
            <text class="name" x="\(Plot.width / 2)" y="\(plot.height / 2)" text-anchor="middle">no numbers</text>
            """)
    }

    private var spoken: String {
        let parts = series.prefix(8).compactMap { curve -> String? in
            let finite = curve.points.filter(\.y.isDrawable)
            guard let first = finite.first, let last = finite.last else { return nil }
            let name = series.count == 1 ? "" : "\(curve.name) "
            return first.x == last.x
                ? "\(name)\(Figures.short(last.y)) in \(unit) \(last.x)"
                : "\(name)from \(Figures.short(first.y)) in \(unit) \(first.x) to \(Figures.short(last.y)) in \(unit) \(last.x)"
        }
        return "\(subject) by \(unit): \(parts.joined(separator: "; "))"
    }

    // MARK: Curves

    private func curve(_ series: Series, _ plot: Plot, _ horizontal: Axis, _ vertical: Axis) -> HTML {
        let places = series.points.map { point in
            point.y.isDrawable ? (x: plot.x(horizontal.share(Double(point.x))), y: plot.y(vertical.share(point.y))) : nil
        }
        let lines = Self.runs(places).filter { $0.count > 1 }.map { run -> HTML in
            let points = run.map { HTML("\($0.x),\($0.y)").text }.joined(separator: " ")
            return "<polyline class=\"line c\(series.colour)\" points=\"\(points)\"/>"
        }
        let marked = series.points.count <= Self.markLimit
        let marks = zip(places, series.points).compactMap { place, point -> HTML? in
            place.map {
                let name = self.series.count == 1 ? "" : "\(series.name), "
                return """
                    <circle class="\(marked ? "mark" : "mark ghost") c\(series.colour)" cx="\($0.x)" cy="\($0.y)" \
                    r="2.5"><title>\(name)\(unit) \(point.x): \(Figures.short(point.y))</title></circle>
                    """
            }
        }
        return HTML(lines + marks)
    }

    /// Neighbours without a gap between them.
    static func runs<Place>(_ places: [Place?]) -> [[Place]] {
        var runs: [[Place]] = [[]]
        for place in places {
            if let place { runs[runs.count - 1].append(place) } else { runs.append([]) }
        }
        return runs.filter { !$0.isEmpty }
    }

    private func level(_ level: Level, _ plot: Plot, _ vertical: Axis) -> HTML {
        guard level.value.isDrawable else { return .empty }
        let y = plot.y(vertical.share(level.value))
        // At the left, where curves that rise towards it are far; above the line unless that is outside.
        let text = y - plot.top < 14 ? y + 13 : y - 5
        return """
            <line class="level" x1="\(plot.left)" y1="\(y)" x2="\(Plot.width - plot.right)" y2="\(y)"/>\
            <text class="note" x="\(plot.left + 4)" y="\(text)">\(level.name)</text>
            """
    }

    // MARK: Names at the ends

    private func names(_ plot: Plot, _ vertical: Axis) -> HTML {
        let ends = series.compactMap { curve in
            curve.points.last(where: \.y.isDrawable).map { (curve, plot.y(vertical.share($0.y))) }
        }.sorted { $0.1 < $1.1 }
        let places = Self.apart(ends.map(\.1), by: 13, from: plot.top, to: plot.floor)
        return HTML(
            zip(ends, places).map { end, y in
                let name = Plot.fitting(end.0.name, units: Self.nameRoom - 8, letter: 7.7)
                return """
                    <text class="end c\(end.0.colour)" x="\(Plot.width - plot.right + 8)" y="\(y + 4)">\(name)</text>
                    """
            })
    }

    /// Rising places moved as little as needed to be `distance` apart and inside, as far as that can be.
    static func apart(_ places: [Double], by distance: Double, from top: Double, to bottom: Double) -> [Double] {
        var result = places
        for index in result.indices.dropFirst() { result[index] = max(result[index], result[index - 1] + distance) }
        let over = (result.last ?? bottom) - bottom
        guard over > 0 else { return result }
        result[result.count - 1] -= over
        for index in result.indices.dropLast().reversed() {
            result[index] = max(top, min(result[index], result[index + 1] - distance))
        }
        return result
    }
}
