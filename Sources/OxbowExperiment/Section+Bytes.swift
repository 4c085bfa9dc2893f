extension Section {
    /// A number of bytes: `67108864`, `64MiB`, `0.5 GB`.
    mutating func bytes(_ key: String) throws(ExperimentError) -> Int? {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, _) = setting, let value = Self.bytes(text) else {
            throw .bad(name(key), setting.text, "bytes, such as 67108864, 64MiB or 1.5GB")
        }
        return value
    }

    /// Powers of 1000 and of 1024, as their names say.
    private static let units: [String: Double] = [
        "": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
        "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40,
    ]

    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), let factor = units[String(unit)] else { return nil }
        return Int(exactly: (number * factor).rounded()).flatMap { $0 > 0 ? $0 : nil }
    }
}
