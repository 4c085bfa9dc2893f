/// An array of unsigned bytes as an IDX file holds it: images (N, H, W) or (N, H, W, C), labels (N).
public struct IDXArray: Hashable, Sendable {
    /// Outermost first.
    public let dimensions: [Int]
    /// Row-major; as many as the product of the dimensions.
    public let bytes: [UInt8]

    /// Our own bug if `bytes` do not fill `dimensions`.
    public init(dimensions: [Int], bytes: [UInt8]) {
        precondition(
            (1...4).contains(dimensions.count) && dimensions.reduce(1, *) == bytes.count,
            "\(bytes.count) bytes do not fill \(dimensions)")
        self.dimensions = dimensions
        self.bytes = bytes
    }

    /// Larger arrays are refused.
    public static let limit_bytes = 4 << 30

    /// Reads a plain or gzip-compressed IDX file of unsigned bytes.
    ///
    /// Sizes are checked against the file's own size before memory is taken.
    public static func read(_ path: String) throws(DataError) -> IDXArray {
        let file = try CompressedFile(path)
        guard file.size_bytes > 0 else { throw .damaged(.empty, path, "it is empty") }
        let dimensions = try header(file)
        let size = try checkedSize(dimensions, file)
        let array = IDXArray(dimensions: dimensions, bytes: try file.read(size))
        try file.end()
        return array
    }

    /// The dimensions that the header claims.
    private static func header(_ file: borrowing CompressedFile) throws(DataError) -> [Int] {
        let magic = try file.read(4)
        guard magic[0] == 0, magic[1] == 0, magic[2] == 8, (1...4).contains(magic[3]) else {
            let found = magic.map(hexadecimal).joined(separator: " ")
            let reason = "it begins with \(found), where an IDX file of bytes begins with 00 00 08 and 01 to 04"
            throw .damaged(.wrongMagic, file.path, reason)
        }
        let words = try file.read(4 * Int(magic[3]))
        return stride(from: 0, to: words.count, by: 4).map { start in
            words[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
        }
    }

    private static func checkedSize(_ dimensions: [Int], _ file: borrowing CompressedFile) throws(DataError) -> Int {
        var size = 1
        for dimension in dimensions {
            guard dimension > 0 else { throw .damaged(.empty, file.path, "one of its dimensions \(dimensions) is 0") }
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow, product <= limit_bytes else {
                throw .damaged(.tooLarge, file.path, "it claims \(dimensions), more than \(limit_bytes) bytes")
            }
            size = product
        }
        guard size <= file.capacity_bytes else {
            let reason = "it claims \(dimensions), and its \(file.size_bytes) bytes cannot hold that"
            throw .damaged(.torn, file.path, reason)
        }
        return size
    }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
}
