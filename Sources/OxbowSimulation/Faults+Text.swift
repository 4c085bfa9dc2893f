// As text: a preset, then what is set otherwise, such as `death,crash=0.01,spell=30`.
extension Faults {
    /// Who asks for a kind of fault and does not say how many there may be at most gets as many as the presets have.
    /// - Throws: a sentence.
    public init(text: String) throws(FaultsError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.split(separator: "=", maxSplits: 1) }
        var faults = Faults.none
        for (index, part) in parts.enumerated() {
            if part.count == 1, index == 0 {
                guard let preset = Self.presets.first(where: { $0.name == part[0] }) else {
                    throw FaultsError(
                        "'\(part[0])' is not a preset. Use one of \(Self.presets.map(\.name).joined(separator: ", ")).")
                }
                faults = preset.faults
            } else if part.count == 2 {
                try faults.set(String(part[0]), String(part[1]))
            } else {
                throw FaultsError("'\(part.joined(separator: "="))' is not KEY=VALUE. Use such as all,crash=0.01.")
            }
        }
        let told = Set(parts.filter { $0.count == 2 }.map { String($0[0]) })
        for kind in Self.kinds where faults[keyPath: kind.limit] == 0 && !told.contains(kind.name) {
            guard kind.probabilities.contains(where: { faults[keyPath: $0] > 0 }) else { continue }
            faults[keyPath: kind.limit] = kind.usual
        }
        self = faults
    }

    /// What limits which faults, and the usual limit.
    private static let kinds:
        [(
            name: String, limit: WritableKeyPath<Faults, Int> & Sendable, usual: Int,
            probabilities: [KeyPath<Faults, Double> & Sendable]
        )] = [
            ("losses", \.losses, Faults().losses, [\.crash, \.disconnection, \.brokerCrash]),
            ("spells", \.spells, Faults().spells, [\.partition, \.suspension, \.jump, \.fullDisk, \.fullJournal]),
            ("leaves", \.leaves, elastic.leaves, [\.leaving]), ("stops", \.stops, 1, [\.stopping]),
        ]

    private mutating func set(_ key: String, _ text: String) throws(FaultsError) {
        guard let field = Self.fields.first(where: { $0.name == key }) else {
            throw FaultsError("'\(key)' is not a fault. Use one of \(Self.fields.map(\.name).joined(separator: ", ")).")
        }
        switch field.path {
        case .probability(let path):
            guard let value = Double(text), (0...1).contains(value) else {
                throw FaultsError("'\(key)' is '\(text)'. Use a number from 0 to 1.")
            }
            self[keyPath: path] = value
        case .count(let path):
            guard let value = Int(text), (0...1_000_000).contains(value) else {
                throw FaultsError("'\(key)' is '\(text)'. Use a whole number from 0 to 1000000.")
            }
            self[keyPath: path] = value
        case .span(let path):
            guard let value = Double(text), (0...86_400).contains(value) else {
                throw FaultsError("'\(key)' is '\(text)'. Use seconds from 0 to 86400.")
            }
            self[keyPath: path] = .seconds(value)
        }
    }

    private enum Path {
        case probability(WritableKeyPath<Faults, Double> & Sendable)
        case count(WritableKeyPath<Faults, Int> & Sendable)
        case span(WritableKeyPath<Faults, Duration> & Sendable)
    }

    private static let fields: [(name: String, path: Path)] = [
        ("jitter", .span(\.jitter)), ("duplication", .probability(\.duplication)), ("lateness", .probability(\.lateness)),
        ("computing", .span(\.computing)), ("planning", .span(\.planning)), ("scoring", .span(\.scoring)),
        ("unscored", .probability(\.unscored)), ("start_spread", .span(\.startSpread)),
        ("drift", .probability(\.drift)), ("crash", .probability(\.crash)), ("disconnection", .probability(\.disconnection)),
        ("broker_crash", .probability(\.brokerCrash)), ("losses", .count(\.losses)), ("downtime", .span(\.downtime)),
        ("partition", .probability(\.partition)), ("suspension", .probability(\.suspension)), ("jump", .probability(\.jump)),
        ("full_disk", .probability(\.fullDisk)), ("full_journal", .probability(\.fullJournal)), ("spells", .count(\.spells)),
        ("spell", .span(\.spell)), ("leaving", .probability(\.leaving)), ("leaves", .count(\.leaves)),
        ("slowness", .probability(\.slowness)), ("slow", .span(\.slow)), ("stopping", .probability(\.stopping)),
        ("stops", .count(\.stops)),
    ]

    /// Names of what can be set.
    public static var names: [String] { fields.map(\.name) }
}

/// Why a text does not describe faults, as a sentence.
public struct FaultsError: Error, Hashable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}
