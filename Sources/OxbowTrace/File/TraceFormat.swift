import OxbowWire

/// The bytes around a trace's records; docs/trace.md states the layout.
enum TraceFormat {
    static let version: UInt32 = 1
    private static let magic: [UInt8] = [0x4f, 0x58, 0x54, 0x52, 0x41, 0x43, 0x45, 0x0a]
    static let headBytes = 16
    /// In front of each record: two lengths and their check.
    static let frameBytes = 16

    /// The first bytes of a file.
    static let head = magic + bytes(version) + [0, 0, 0, 0]

    /// - Returns: why these are not the first bytes of a trace; nil if they are.
    static func fault(inHead bytes: [UInt8]) -> String? {
        guard bytes.count == headBytes, Array(bytes.prefix(8)) == magic else { return "it is not a trace" }
        let found = number(bytes[8..<12])
        guard found == version else { return "it has format \(found), and this release reads \(version)" }
        return bytes == head ? nil : "its first bytes are damaged"
    }

    /// The lengths in front of a record.
    struct Lengths: Hashable {
        var message: Int
        var body: Int

        var bytes: [UInt8] { TraceFormat.bytes(UInt32(message)) + TraceFormat.bytes(UInt32(body)) }
        /// All that follows the frame.
        var total: Int { message + body + TraceHash.byteCount }
        var isAllowed: Bool { (1...WireLimits.traceRecordBytes).contains(message) && (0...WireLimits.bodyBytes).contains(body) }

        init(message: Int, body: Int) { (self.message, self.body) = (message, body) }

        init(_ frame: [UInt8]) {
            self.init(message: Int(TraceFormat.number(frame[0..<4])), body: Int(TraceFormat.number(frame[4..<8])))
        }
    }

    static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
