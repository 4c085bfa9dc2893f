/// Horizontal bars, each made of the same parts.
struct StackedBars {
    struct Part: Hashable {
        var name: String
        /// Number in the palette.
        var colour: Int
    }
    struct Bar: Hashable {
        var name: String
        /// One number for each part; what is none or negative takes no room.
        var values: [Double]
    }

    /// Read out.
    var subject: String
    var parts: [Part]
    var bars: [Bar]
    /// How a number is written.
    var text: (Double) -> String

    private static let rowHeight = 20.0
    private static let barHeight = 11.0

    var svg: HTML {
        let plot = Plot(height: 8 + Self.rowHeight * Double(max(1, bars.count)), left: 92, right: 80, top: 4, bottom: 4)
        let longest = bars.map { Self.lengths($0.values).reduce(0, +) }.max() ?? 0
        guard longest > 0 else { return LineChart.nothing(subject, plot) }
        let rows = bars.enumerated().map { row($1, top: plot.top + Self.rowHeight * Double($0), longest, plot) }
        return plot.svg(spoken, HTML(rows))
    }

    private var spoken: String {
        let rows = bars.prefix(8).map { bar in
            let values = zip(parts, bar.values).map { "\($0.name) \(text($1))" }
            return "\(bar.name): \(values.joined(separator: ", "))"
        }
        return "\(subject). \(rows.joined(separator: "; "))"
    }

    private static func lengths(_ values: [Double]) -> [Double] { values.map { $0.isDrawable ? max(0, $0) : 0 } }

    private func row(_ bar: Bar, top: Double, _ longest: Double, _ plot: Plot) -> HTML {
        let lengths = Self.lengths(bar.values)
        var start = 0.0
        var pieces: [HTML] = []
        for (part, length) in zip(parts, lengths) where length > 0 {
            let (left, right) = (plot.x(start / longest), plot.x((start + length) / longest))
            // A hair between parts, so that the border is seen without colours.
            pieces.append(
                """
                <rect class="part c\(part.colour)" x="\(left)" y="\(top + (Self.rowHeight - Self.barHeight) / 2)" \
                width="\(max(0.5, right - left - 0.75))" height="\(Self.barHeight)">\
                <title>\(bar.name), \(part.name): \(text(length))</title></rect>
                """)
            start += length
        }
        let middle = top + Self.rowHeight / 2 + 4
        return """
            <text class="tick" x="\(plot.left - 8)" y="\(middle)" text-anchor="end">\
            \(Plot.fitting(bar.name, units: plot.left - 8))</text>\(pieces)\
            <text class="tick" x="\(plot.x(start / longest) + 5)" y="\(middle)">\(text(start))</text>
            """
    }
}
