/// A piece of a page. Literals are markup; whatever is put into them is escaped unless it is a piece itself.
public struct HTML: Hashable, Sendable, ExpressibleByStringInterpolation {
    public private(set) var text: String

    public init(stringLiteral value: String) { text = value }
    public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }
    init(_ parts: [HTML]) { text = parts.map(\.text).joined() }

    static let empty: HTML = ""
    var isEmpty: Bool { text.isEmpty }

    static func + (left: HTML, right: HTML) -> HTML { HTML([left, right]) }
    static func += (left: inout HTML, right: HTML) { left.text += right.text }

    public struct Interpolation: StringInterpolationProtocol {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }
        public mutating func appendInterpolation(_ piece: HTML) { text += piece.text }
        public mutating func appendInterpolation(_ pieces: [HTML]) { pieces.forEach { text += $0.text } }
        public mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }
        public mutating func appendInterpolation(_ value: Int) { text += String(value) }
        /// A coordinate: a hundredth of a unit is more than anybody sees.
        public mutating func appendInterpolation(_ value: Double) {
            precondition(value.isFinite, "a coordinate is \(value)")
            let rounded = (value * 100).rounded() / 100
            text += rounded == rounded.rounded() && abs(rounded) < 1e9 ? String(Int(rounded)) : String(rounded)
        }
    }

    /// Good between tags and inside quoted attributes; characters that a page cannot hold become U+FFFD.
    static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
