import Foundation

/// Numbers as people read them, the same in every locale; "no number" for what is none.
enum Figures {
    /// With so many digits after the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return none(value) }
        let text = String(format: "%.\(digits)f", value)
        // -0.00 is confusing.
        return Double(text) == 0 && text.hasPrefix("-") ? String(text.dropFirst()) : text
    }

    /// Three digits that matter.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return none(value) }
        if value == 0 { return "0" }
        let size = abs(value)
        if size >= 1e6 || size < 1e-3 { return String(format: "%.2e", value) }
        return fixed(value, max(0, 2 - Int(floor(log10(size)))))
    }

    /// A whole number with thin spaces between its thousands.
    static func count(_ value: some BinaryInteger) -> String {
        let digits = Array(String(value))
        return String(
            digits.enumerated().flatMap { index, digit in
                index > 0 && digit.isNumber && digits[index - 1].isNumber && (digits.count - index).isMultiple(of: 3)
                    ? ["\u{202F}", digit] : [digit]
            })
    }

    static func percent(_ value: Double) -> String { value.isFinite ? fixed(value * 100, 1) + " %" : none(value) }

    static func bytes(_ value: Double) -> String {
        guard value.isFinite else { return none(value) }
        let unit = ByteUnit(largest: value)
        return unit.size == 1 ? "\(fixed(value, 0)) B" : "\(short(value / unit.size)) \(unit.name)"
    }

    /// 0.4 s, 12.3 s, 4 min 5 s, 2 h 3 min.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return none(seconds) }
        if seconds < 0.9995 { return "\(short(seconds * 1000)) ms" }
        if seconds < 99.95 || seconds > 1e12 { return "\(short(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    /// In UTC, to the minute.
    static func date(_ secondsSince1970: Double) -> String {
        guard secondsSince1970.isFinite else { return none(secondsSince1970) }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "d MMM yyyy, HH:mm 'UTC'"
        return formatter.string(from: Date(timeIntervalSince1970: secondsSince1970))
    }

    private static func none(_ value: Double) -> String {
        value.isNaN ? "no number" : value > 0 ? "infinite" : "minus infinite"
    }
}

/// The unit that suits numbers of bytes up to a largest one; thousands, as on wires.
struct ByteUnit {
    let name: String
    let size: Double

    init(largest: Double) {
        let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
        (name, size) = units.first { largest >= $0.1 } ?? ("B", 1)
    }
}
