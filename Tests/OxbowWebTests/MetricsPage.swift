import Testing

/// A page of metrics, read as strictly as Prometheus' text format 0.0.4 allows.
struct MetricsPage {
    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var samples: [Sample] = []
    private(set) var types: [String: String] = [:]
    private(set) var helps: Set<String> = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(description: "the last line has no end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { try read(String(line)) }
        guard Set(samples.map { "\($0.name)\($0.labels.sorted { $0.key < $1.key })" }).count == samples.count else {
            throw Malformed(description: "a series is there twice")
        }
        try checkHistograms()
    }

    private mutating func read(_ line: String) throws {
        if line.hasPrefix("# HELP ") {
            let name = String(line.split(separator: " ")[2])
            guard helps.insert(name).inserted, types[name] == nil else { throw Malformed(description: "late or second: \(line)") }
        } else if line.hasPrefix("# TYPE ") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, ["counter", "gauge", "histogram"].contains(words[3]), types[words[2]] == nil,
                helps.contains(words[2]), !samples.contains(where: { family($0.name) == words[2] })
            else { throw Malformed(description: line) }
            types[words[2]] = words[3]
        } else {
            let sample = try Self.sample(line)
            guard let type = types[family(sample.name)] else { throw Malformed(description: "no type: \(line)") }
            if type == "counter" {
                guard sample.name.hasSuffix("_total"), sample.value >= 0 else { throw Malformed(description: line) }
            } else {
                guard !sample.name.hasSuffix("_total") else { throw Malformed(description: line) }
            }
            samples.append(sample)
        }
    }

    private func family(_ name: String) -> String {
        for end in ["_bucket", "_sum", "_count"] where name.hasSuffix(end) {
            let family = String(name.dropLast(end.count))
            if types[family] == "histogram" { return family }
        }
        return name
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        func isNameStart(_ c: Character) -> Bool { c.isASCII && (c.isLetter || c == "_") }
        func name() throws -> String {
            guard let first = rest.first, isNameStart(first) else { throw Malformed(description: "no name: \(line)") }
            let name = rest.prefix { isNameStart($0) || ("0"..."9").contains($0) }
            rest = rest.dropFirst(name.count)
            return String(name)
        }
        func take(_ character: Character) throws {
            guard rest.first == character else { throw Malformed(description: "no '\(character)': \(line)") }
            rest = rest.dropFirst()
        }
        let metric = try name()
        var labels: [String: String] = [:]
        if rest.first == "{" {
            try take("{")
            while rest.first != "}" {
                if !labels.isEmpty { try take(",") }
                let label = try name()
                try take("=")
                try take("\"")
                var value = ""
                while let next = rest.first, next != "\"" {
                    rest = rest.dropFirst()
                    guard next == "\\" else {
                        value.append(next)
                        continue
                    }
                    guard let escaped = rest.popFirst(), let meaning = ["\\": "\\", "\"": "\"", "n": "\n"][escaped] else {
                        throw Malformed(description: "an escape that is none: \(line)")
                    }
                    value += meaning
                }
                try take("\"")
                guard labels.updateValue(value, forKey: label) == nil else { throw Malformed(description: "twice: \(line)") }
            }
            try take("}")
        }
        try take(" ")
        let numbers = ["+Inf": Double.infinity, "-Inf": -Double.infinity, "NaN": Double.nan]
        guard let value = numbers[String(rest)] ?? Double(rest), !rest.contains("inf") else {
            throw Malformed(description: "no number: \(line)")
        }
        return Sample(name: metric, labels: labels, value: value)
    }

    private func checkHistograms() throws {
        for (name, type) in types where type == "histogram" {
            let buckets = Dictionary(grouping: samples.filter { $0.name == name + "_bucket" }) { sample in
                sample.labels.filter { $0.key != "le" }
            }
            for (labels, series) in buckets {
                let bounds = series.map { Double($0.labels["le"] == "+Inf" ? "inf" : $0.labels["le"] ?? "") ?? .nan }
                let counts = series.map(\.value)
                guard zip(bounds, bounds.dropFirst()).allSatisfy(<), bounds.last == .infinity,
                    zip(counts, counts.dropFirst()).allSatisfy(<=), value(name + "_count", labels) == counts.last,
                    value(name + "_sum", labels) != nil
                else { throw Malformed(description: "\(name) \(labels): \(bounds) \(counts)") }
            }
        }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }
}
