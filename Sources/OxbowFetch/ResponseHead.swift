/// What matters of an HTTP response's head. Anything that is not understood counts as not said.
struct ResponseHead: Hashable {
    private(set) var status = 0
    /// The first byte of the file that a 206 carries.
    private(set) var rangeStart: Int?
    private(set) var length_bytes: Int?
    private var isChunked = false

    /// Whether the end of the body can be told from a connection that broke.
    var endsItself: Bool { length_bytes != nil || isChunked }

    /// Takes one line; a status line begins a new head, for there is one for each redirect.
    mutating func take(_ line: String) {
        if line.lowercased().hasPrefix("http/") {
            let words = line.split(whereSeparator: \.isWhitespace)
            self = ResponseHead()
            status = words.count > 1 ? Int(words[1]) ?? 0 : 0
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].trimmed
        switch line[..<colon].trimmed.lowercased() {
        case "content-length": length_bytes = Int(value).flatMap { $0 >= 0 ? $0 : nil }
        case "transfer-encoding": isChunked = value.lowercased().hasSuffix("chunked")
        case "content-range": rangeStart = Self.start(value)
        default: break
        }
    }

    /// `bytes 100-199/200` begins at 100.
    private static func start(_ value: String) -> Int? {
        let parts = value.split(whereSeparator: \.isWhitespace)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        return parts[1].split(separator: "-", maxSplits: 1).first.flatMap { Int($0) }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
