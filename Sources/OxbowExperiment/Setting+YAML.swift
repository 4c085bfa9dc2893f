import Foundation
import Yams

extension Setting {
    /// Longer files, deeper ones and ones of more nodes are refused; aliases count as often as they are used.
    static let limit_bytes = 1 << 20
    private static let depthLimit = 32
    private static let nodeLimit = 100_000

    /// The tree of a YAML text; an empty one is an empty map. `subject` is named in errors.
    static func parse(_ yaml: String, subject: String) throws(ExperimentError) -> Setting {
        guard yaml.utf8.count <= limit_bytes else {
            throw ExperimentError(.syntax, "read", subject, "it is longer than \(limit_bytes) bytes", "Shorten it.")
        }
        guard mostNodes(yaml) <= expansionLimit else {
            throw ExperimentError(.syntax, "read", subject, "it uses too many aliases", "Write some of the values out.")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: yaml) } catch {
            throw ExperimentError(.syntax, "read", subject, reason(error), "Correct the YAML there.")
        }
        guard let node else { return .map([:]) }
        var budget = nodeLimit
        return try convert(node, depth: 0, &budget, subject)
    }

    /// What aliases may stand for, before the parser sees them: it hashes a map's keys, and of a key that is an alias all that
    /// this stands for, so that a hundred bytes could keep it busy for hours.
    private static let expansionLimit = 5e7

    /// No more than this many nodes can come of a text: n aliases multiply them at most by e^(n/e), in n/e levels of e each.
    private static func mostNodes(_ yaml: String) -> Double {
        var (aliases, before) = (0, UInt8(ascii: " "))
        for (byte, next) in zip(yaml.utf8, yaml.utf8.dropFirst()) {
            if byte == UInt8(ascii: "*"), next > 0x20, Self.precedesAlias.contains(before) { aliases += 1 }
            before = byte
        }
        return Double(yaml.utf8.count) * exp(Double(aliases) / M_E)
    }

    private static let precedesAlias = Set(" \t\r\n[]{},:?-".utf8)

    private static func convert(
        _ node: Node, depth: Int, _ budget: inout Int, _ subject: String
    ) throws(ExperimentError) -> Setting {
        budget -= 1
        guard depth < depthLimit, budget > 0 else {
            throw ExperimentError(.syntax, "read", subject, "it is nested too deeply or has too many values", "Simplify it.")
        }
        switch node {
        case .scalar(let scalar): return .scalar(scalar.string, plain: scalar.style == .plain || scalar.style == .any)
        case .sequence(let sequence):
            var items: [Setting] = []
            for item in sequence { items.append(try convert(item, depth: depth + 1, &budget, subject)) }
            return .list(items)
        case .mapping(let mapping):
            var entries: [String: Setting] = [:]
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    throw ExperimentError(.syntax, "read", subject, "a key is not a word", "Use words as keys.")
                }
                entries[name] = try convert(value, depth: depth + 1, &budget, subject)
            }
            return .map(entries)
        case .alias:
            throw ExperimentError(.syntax, "read", subject, "an alias names no anchor", "Write the value out.")
        }
    }

    /// The parser's complaint in one clause.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return "it is not YAML" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line), column \(mark.column): \(problem)"
        case .reader(let problem, _, _, _): return "it is not text in UTF-8 (\(problem))"
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return "the map at line \(context.mark.line) has the key \(keys) twice"
        default: return "it is not YAML"
        }
    }
}
