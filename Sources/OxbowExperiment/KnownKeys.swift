/// Finds what somebody meant who wrote a key that does not exist.
enum KnownKeys {
    /// What an experiment file is called in messages.
    static let experiment = "the experiment"

    /// The error for `key`, which does not exist in `section`, or in `place` where that is empty.
    static func unknown(
        _ key: String, section: String, siblings: [String], place: String = experiment
    ) -> ExperimentError {
        let full = section.isEmpty ? key : "\(section).\(key)"
        let prefix = section.isEmpty ? "" : section + "."
        let map = section.isEmpty ? place : "'\(section)'"
        let known = siblings.sorted().joined(separator: ", ")
        let meant = nearest(key, siblings).map { prefix + $0 } ?? (place == experiment ? elsewhere(key) : nil)
        let remedy = meant.map { "Did you mean '\($0)'? " } ?? ""
        return ExperimentError(
            .unknownKey, "use", full, "there is no such key in \(map)", "\(remedy)Known there: \(known).")
    }

    /// The closest of `candidates`, if it is close.
    static func nearest(_ word: String, _ candidates: [String]) -> String? {
        let word = word.lowercased().replacing("-", with: "_")
        let ranked = candidates.map { (distance(word, $0.lowercased().replacing("-", with: "_")), $0) }
        guard let best = ranked.min(by: { $0 < $1 }), best.0 <= max(1, word.count / 3) else { return nil }
        return best.1
    }

    /// A key of that name in another section.
    private static func elsewhere(_ key: String) -> String? {
        Experiment.keys.first { $0.hasSuffix(".\(key)") }
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (a, b) = (Array(left), Array(right))
        var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count { rows[i][0] = i }
        for j in 0...b.count { rows[0][j] = j }
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        for i in 1...a.count {
            for j in 1...b.count {
                let replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
                }
            }
        }
        return rows[a.count][b.count]
    }
}
