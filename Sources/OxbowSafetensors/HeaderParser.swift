/// One tensor's line of a header, before its offsets are checked.
struct HeaderEntry: Hashable {
    var name: String
    var dtype: String
    var shape: [Int]
    var begin: Int
    var end: Int
}

/// Reads the JSON of a header: only the forms that a header can have, no recursion, nothing twice.
///
/// A general JSON reader would let repeated names pass, and the later one would silently win.
struct HeaderParser {
    private var scanner: JSONScanner
    private(set) var entries: [HeaderEntry] = []
    private(set) var metadata: [String: String] = [:]

    init(_ bytes: ArraySlice<UInt8>) { scanner = JSONScanner(bytes) }

    mutating func parse() throws(JSONScanner.Failure) {
        var names: Set<String> = []
        try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
            guard names.insert(name).inserted else { throw scanner.failure("the name '\(name)' occurs twice") }
            if name == "__metadata__" {
                metadata = try Self.metadata(&scanner)
            } else {
                entries.append(try Self.entry(name, &scanner))
            }
        }
        try scanner.end()
    }

    private static func metadata(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [String: String] {
        var result: [String: String] = [:]
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            let value = try scanner.string()
            guard result.updateValue(value, forKey: key) == nil else {
                throw scanner.failure("the metadata '\(key)' occurs twice")
            }
        }
        return result
    }

    private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> HeaderEntry {
        var dtype: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            switch key {
            case "dtype" where dtype == nil: dtype = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.integers()
            case "data_offsets" where offsets == nil: offsets = try scanner.integers()
            default: throw scanner.failure("'\(name)' has an unknown or repeated field '\(key)'")
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            throw scanner.failure("'\(name)' lacks dtype, shape or two data_offsets")
        }
        return HeaderEntry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
    }
}
