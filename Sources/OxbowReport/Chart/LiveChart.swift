/// A report's curves for a page that is written elsewhere.
public enum LiveChart {
    /// One curve: a name, and numbers from left to right.
    public struct Curve: Hashable, Sendable {
        public struct Point: Hashable, Sendable {
            public var x: Int
            public var y: Double

            public init(x: Int, y: Double) {
                self.x = x
                self.y = y
            }
        }

        public var name: String
        public var points: [Point]

        public init(name: String, points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    /// An `svg` element, drawn with the classes of `style`; whatever it was given is escaped.
    /// - Parameter unit: what is counted from left to right.
    public static func svg(_ subject: String, _ curves: [Curve], unit: String) -> String {
        let series = curves.prefix(Palette.neutral).enumerated().map { number, curve in
            LineChart.Series(name: curve.name, colour: number, points: curve.points.map { ($0.x, $0.y) })
        }
        return LineChart(subject: subject, series: series, unit: unit, fromZero: true, namesAtEnds: curves.count > 1).svg.text
    }

    /// The report's stylesheet.
    public static var style: String { PageStyle.text }
}
