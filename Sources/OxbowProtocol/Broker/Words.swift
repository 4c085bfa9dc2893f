/// Parts of sentences for people.
public enum Words {
    /// `a, b, c, d and 3 more`.
    public static func few(_ names: [String]) -> String {
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count <= 4 ? shown : "\(shown) and \(names.count - 4) more"
    }

    /// Seconds as `1:05`, or `2:01:05`.
    public static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "\(seconds) s" }
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (minutes, rest) = (whole / 60, whole % 60)
        return whole >= 3600 ? "\(minutes / 60):\(two(minutes % 60)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// Seconds as milliseconds: whole ones from 10 on.
    public static func milliseconds(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e9 else { return "\(seconds) s" }
        let number = seconds * 1000
        return abs(number) < 10 ? "\(tenths(number)) ms" : "\(Int(number.rounded())) ms"
    }

    /// One digit after the point.
    static func tenths(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
        return "\((number * 10).rounded() / 10)"
    }

    /// Two digits after the point.
    static func hundredths(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
        return "\((number * 100).rounded() / 100)"
    }
}
