/// A map of an experiment file while it is read: remembers which keys it was asked for, so that others are errors.
struct Section {
    /// Dotted, empty for the file itself.
    let path: String
    /// What the outermost map is called in messages.
    let place: String
    private var values: [String: Setting]
    private var known: [String] = []

    init(_ setting: Setting?, path: String, place: String = KnownKeys.experiment) throws(ExperimentError) {
        self.path = path
        self.place = place
        switch setting {
        case nil: values = [:]
        case .map(let entries)?: values = entries.filter { !$0.value.isNothing }
        case let other? where other.isNothing: values = [:]
        case let other?: throw .bad(path, other.text, "a map of keys and values")
        }
    }

    /// The dotted name of a key here.
    func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The value of a key; nil when it is left out.
    mutating func take(_ key: String) -> Setting? {
        known.append(key)
        return values.removeValue(forKey: key)
    }

    mutating func section(_ key: String) throws(ExperimentError) -> Section {
        try Section(take(key), path: name(key), place: place)
    }

    /// Keys that nobody has asked for, sorted; for maps whose keys are the user's own.
    var remainingKeys: [String] { values.keys.sorted() }

    /// An error when a key is left that is not known.
    func finish() throws(ExperimentError) {
        guard let unknown = remainingKeys.first else { return }
        throw KnownKeys.unknown(unknown, section: path, siblings: known, place: place)
    }
}

extension Section {
    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(ExperimentError) -> Int? {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, plain: true) = setting, let value = Int(text), range.contains(value) else {
            throw .bad(name(key), setting.text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A number from `low` to `high`; `low` itself only when `inclusive`.
    mutating func number(
        _ key: String, from low: Double, inclusive: Bool = true, to high: Double
    ) throws(ExperimentError) -> Double? {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, plain: true) = setting, let value = Double(text), value >= low, value <= high,
            inclusive || value > low
        else {
            throw .bad(name(key), setting.text, "a number \(inclusive ? "from" : "above") \(low) to \(high)")
        }
        return value
    }

    mutating func flag(_ key: String) throws(ExperimentError) -> Bool? {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, plain: true) = setting, let value = Bool(text.lowercased()) else {
            throw .bad(name(key), setting.text, "true or false")
        }
        return value
    }

    mutating func choice<Choice: CaseIterable & RawRepresentable>(
        _ key: String, _: Choice.Type = Choice.self
    ) throws(ExperimentError) -> Choice? where Choice.RawValue == String {
        guard let setting = take(key) else { return nil }
        guard case .scalar(let text, _) = setting, let value = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue)
            let near: String? = if case .scalar(let text, _) = setting { KnownKeys.nearest(text, names) } else { nil }
            let hint = near.map { " (did you mean '\($0)'?)" } ?? ""
            throw .bad(name(key), setting.text, names.joined(separator: ", ") + hint)
        }
        return value
    }

    mutating func word(_ key: String) throws(ExperimentError) -> String? {
        guard let setting = take(key) else { return nil }
        return try Self.word(setting, name(key))
    }

    /// A name of a tier or domain: what is safe in a file name and a log.
    static func word(_ setting: Setting, _ name: String) throws(ExperimentError) -> String {
        guard case .scalar(let text, _) = setting, (1...64).contains(text.utf8.count), !text.hasPrefix("."),
            text.utf8.allSatisfy({ isWordByte($0) })
        else { throw .bad(name, setting.text, "1 to 64 of the characters a-z, A-Z, 0-9, '-', '_' and '.'") }
        return text
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
    }
}
