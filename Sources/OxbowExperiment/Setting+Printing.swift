extension Setting {
    /// YAML with a line for each key of the outermost map; `order` says which keys come first.
    func yaml(order: [String]) -> String {
        guard case .map(let entries) = self else { return flow(order) + "\n" }
        return Self.sorted(entries, order).map { key, value in
            if case .list(let items) = value, items.contains(where: \.isMap) {
                return "\(key):\n" + items.map { "  - \($0.flow(order))\n" }.joined()
            }
            return "\(key): \(value.flow(order))\n"
        }.joined()
    }

    /// The node on one line.
    private func flow(_ order: [String]) -> String {
        switch self {
        case .scalar(let text, plain: true): return Self.number(text) ?? (Self.isPlainInFlow(text) ? text : Self.quoted(text))
        case .scalar(let text, plain: false): return Self.quoted(text)
        case .list(let items): return "[" + items.map { $0.flow(order) }.joined(separator: ", ") + "]"
        case .map(let entries):
            let pairs = Self.sorted(entries, order).map { "\(Self.key($0)): \($1.flow(order))" }
            return pairs.isEmpty ? "{}" : "{ " + pairs.joined(separator: ", ") + " }"
        }
    }

    /// What stands alone on a line may be several values between braces.
    private static func isPlainInFlow(_ text: String) -> Bool {
        !text.utf8.contains {
            [UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}")].contains($0)
        }
    }

    private var isMap: Bool { if case .map = self { true } else { false } }

    private static func sorted(_ entries: [String: Setting], _ order: [String]) -> [(String, Setting)] {
        func rank(_ key: String) -> (Int, String) { (order.firstIndex(of: key) ?? order.count, key) }
        return entries.sorted { rank($0.key) < rank($1.key) }.map { ($0.key, $0.value) }
    }

    /// A broken number as Swift prints it, since the encoder writes 2.5e-1; whole ones are left alone.
    private static func number(_ text: String) -> String? {
        Int(text) == nil && UInt64(text) == nil ? Double(text).map { "\($0)" } : nil
    }

    /// The user's own keys may be anything.
    private static func key(_ text: String) -> String {
        text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 == UInt8(ascii: "_") } ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
