/// A node of an experiment file: what YAML says, without YAML's types.
enum Setting: Hashable {
    /// `plain`: not quoted, so it may stand for a number, a truth value or nothing.
    case scalar(String, plain: Bool)
    case list([Setting])
    case map([String: Setting])

    /// YAML's words for "left out".
    var isNothing: Bool {
        guard case .scalar(let text, plain: true) = self else { return false }
        return ["", "~", "null"].contains(text.lowercased())
    }

    /// For messages.
    var text: String {
        switch self {
        case .scalar(let text, _): "'\(text)'"
        case .list(let items): "a list of \(items.count)"
        case .map(let entries): "a map of \(entries.count)"
        }
    }

    /// This tree with `upper` laid over it: maps merge, everything else is replaced, nothing leaves as it was.
    func overlaid(by upper: Setting) -> Setting {
        if upper.isNothing { return self }
        guard case .map(var merged) = self, case .map(let entries) = upper else { return upper }
        for (key, value) in entries { merged[key] = merged[key]?.overlaid(by: value) ?? value }
        return .map(merged)
    }

    /// Dotted paths of all scalars and lists of scalars below.
    func leaves(_ path: String = "") -> [String] {
        guard case .map(let entries) = self else { return [path] }
        return entries.sorted { $0.key < $1.key }
            .flatMap { $0.value.leaves(path.isEmpty ? $0.key : "\(path).\($0.key)") }
    }
}
