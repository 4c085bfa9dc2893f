/// The frame of a drawing in SVG: 360 units wide, so that its text is legible on a phone without being scaled much.
struct Plot {
    static let width = 360.0

    var height = 210.0
    var left = 46.0
    var right = 12.0
    var top = 12.0
    var bottom = 34.0

    var innerWidth: Double { Self.width - left - right }
    var innerHeight: Double { height - top - bottom }
    var floor: Double { height - bottom }

    func x(_ share: Double) -> Double { left + share * innerWidth }
    func y(_ share: Double) -> Double { floor - share * innerHeight }

    /// The whole drawing; `label` is read out instead of it.
    func svg(_ label: String, _ content: HTML) -> HTML {
        """
        <svg class="chart" viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(label)">\(content)</svg>
        """
    }

    /// Horizontal lines at the ticks with their numbers, and the unit above them.
    func vertical(_ axis: Axis) -> HTML {
        HTML(
            axis.ticks.map { tick in
                let y = y(axis.share(tick))
                return """
                    <line class="grid" x1="\(left)" y1="\(y)" x2="\(Self.width - right)" y2="\(y)"/>\
                    <text class="tick" x="\(left - 6)" y="\(y + 4)" text-anchor="end">\(axis.text(tick))</text>
                    """
            })
    }

    /// Numbers below the floor, and what they count.
    func horizontal(_ axis: Axis, name: String) -> HTML {
        let ticks = axis.ticks.map { tick -> HTML in
            let x = x(axis.share(tick))
            return """
                <line class="axis" x1="\(x)" y1="\(floor)" x2="\(x)" y2="\(floor + 4)"/>\
                <text class="tick" x="\(x)" y="\(floor + 16)" text-anchor="middle">\(axis.text(tick))</text>
                """
        }
        return """
            <line class="axis" x1="\(left)" y1="\(floor)" x2="\(Self.width - right)" y2="\(floor)"/>\(ticks)\
            <text class="name" x="\(left + innerWidth / 2)" y="\(height - 4)" text-anchor="middle">\(name)</text>
            """
    }

    /// The last letters of what does not fit go; wide fonts take about `letter` units for each.
    static func fitting(_ text: String, units: Double, letter: Double = 6.8) -> String {
        let most = max(1, Int(units / letter))
        return text.count <= most ? text : text.prefix(most - 1) + "…"
    }
}
