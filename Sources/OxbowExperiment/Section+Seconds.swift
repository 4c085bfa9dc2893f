extension Section {
    /// A time from nothing to an hour, in seconds: `5ms`, `0.005`, `250us`.
    mutating func seconds(_ key: String) throws(ExperimentError) -> Double? {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, _) = setting, let value = Self.seconds(text), value <= 3600 else {
            throw .bad(name(key), setting.text, "a time up to an hour, such as 5ms or 0.005 (seconds)")
        }
        return value
    }

    private static let timeUnits: [String: Double] = ["": 1, "s": 1, "ms": 1e-3, "us": 1e-6]

    static func seconds(_ text: String) -> Double? {
        if let plain = Double(text) { return plain >= 0 ? plain : nil }
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), let factor = timeUnits[String(unit)] else { return nil }
        return number * factor
    }
}
