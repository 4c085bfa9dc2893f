/// Walks over JSON bytes: objects, strings and lists of whole numbers, which is all a header holds.
struct JSONScanner {
    /// What was wrong, and where in the header.
    struct Failure: Error, Hashable {
        var reason: String
        var offset: Int
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    func failure(_ reason: String) -> Failure { Failure(reason: reason, offset: position - bytes.startIndex) }

    /// `{ "name": value, ... }`; `body` reads each value.
    mutating func object(
        _ body: (String, inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        if take("}") { return }
        repeat {
            let name = try string()
            try expect(":")
            try body(name, &self)
        } while take(",")
        try expect("}")
    }

    /// `[1, 2, ...]`, no number negative.
    mutating func integers() throws(Failure) -> [Int] {
        try expect("[")
        var values: [Int] = []
        if take("]") { return values }
        repeat { values.append(try integer()) } while take(",")
        try expect("]")
        return values
    }

    /// Nothing but spaces may be left.
    mutating func end() throws(Failure) {
        skipSpaces()
        if position < bytes.endIndex { throw failure("something follows the header's closing brace") }
    }

    /// A string with its escapes resolved.
    mutating func string() throws(Failure) -> String {
        try expect("\"")
        var content: [UInt8] = []
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else { throw failure("a string is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): content.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20: throw failure("a control character stands in a string")
            default: content.append(byte)
            }
        }
        throw failure("a string does not end")
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        switch next().map({ Unicode.Scalar($0) }) {
        case "\"": return "\""
        case "\\": return "\\"
        case "/": return "/"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": return try unicodeEscape()
        default: throw failure("a string holds an unknown escape")
        }
    }

    /// `\uXXXX`, or a surrogate pair of two of them.
    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") else {
            throw failure("a string holds half a surrogate pair")
        }
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second) else { throw failure("a string holds half a surrogate pair") }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))!
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("a string holds a broken \\u escape")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    private mutating func integer() throws(Failure) -> Int {
        skipSpaces()
        let start = position
        var value = 0
        while position < bytes.endIndex, case let digit = bytes[position] &- 0x30, digit < 10 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit))
            if overflow || carry { throw failure("a number is too large") }
            value = sum
            position += 1
        }
        if position == start { throw failure("a whole number that is not negative is missing") }
        return value
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func skipSpaces() {
        while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(Failure) {
        guard take(mark) else { throw failure("'\(mark)' is missing") }
    }
}
