/// A file of events that TensorBoard reads: records, each with an `Event` in protobuf's encoding.
///
/// A record is the length (8 bytes, little-endian), the masked checksum of these 8 bytes, the data, and the masked
/// checksum of the data. Only the few fields below are written, so they are encoded by hand:
/// ```
/// Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
/// Summary { repeated Value value = 1; }
/// Value   { string tag = 1; float simple_value = 2; Image image = 4; }
/// Image   { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
/// ```
public struct EventFile {
    public private(set) var bytes: [UInt8] = []

    /// One number or one picture under its tag.
    public struct Value {
        var tag: String
        var content: Content

        enum Content {
            case number(Double)
            case picture(GridPicture)
        }

        public static func number(_ tag: String, _ value: Double) -> Value { Value(tag: tag, content: .number(value)) }
        public static func picture(_ tag: String, _ value: GridPicture) -> Value { Value(tag: tag, content: .picture(value)) }
    }

    /// Begins with the event that tells readers the format's version.
    public init(wallTime: Double) {
        var event = ProtobufFields()
        event.double(1, wallTime)
        event.bytes(3, Array("brain.Event:2".utf8))
        record(event.bytes)
    }

    /// Adds one event with all its values; `wallTime` in seconds since 1970.
    public mutating func add(step: Int, wallTime: Double, _ values: [Value]) {
        guard !values.isEmpty else { return }
        var summary = ProtobufFields()
        for value in values { summary.bytes(1, Self.encoded(value)) }
        var event = ProtobufFields()
        event.double(1, wallTime)
        event.varint(2, UInt64(bitPattern: Int64(step)))
        event.bytes(5, summary.bytes)
        record(event.bytes)
    }

    private static func encoded(_ value: Value) -> [UInt8] {
        var fields = ProtobufFields()
        fields.bytes(1, Array(value.tag.utf8))
        switch value.content {
        case .number(let number): fields.float(2, Float(number))
        case .picture(let picture):
            var image = ProtobufFields()
            image.varint(1, UInt64(picture.height))
            image.varint(2, UInt64(picture.width))
            image.varint(3, UInt64(picture.channels))
            image.bytes(4, picture.png)
            fields.bytes(4, image.bytes)
        }
        return fields.bytes
    }

    private mutating func record(_ data: [UInt8]) {
        let length = Self.littleEndian(UInt64(data.count))
        bytes += length + Self.littleEndian(CRC32C.masked(length)) + data + Self.littleEndian(CRC32C.masked(data))
    }

    static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}

/// Fields of a protobuf message, in the order in which they are added.
struct ProtobufFields {
    private(set) var bytes: [UInt8] = []

    private enum Kind: UInt64 {
        case varint = 0
        case eightBytes = 1
        case lengthAndBytes = 2
        case fourBytes = 5
    }

    mutating func varint(_ number: Int, _ value: UInt64) {
        key(number, .varint)
        append(value)
    }

    mutating func double(_ number: Int, _ value: Double) {
        key(number, .eightBytes)
        bytes += EventFile.littleEndian(value.bitPattern)
    }

    mutating func float(_ number: Int, _ value: Float) {
        key(number, .fourBytes)
        bytes += EventFile.littleEndian(value.bitPattern)
    }

    mutating func bytes(_ number: Int, _ value: [UInt8]) {
        key(number, .lengthAndBytes)
        append(UInt64(value.count))
        bytes += value
    }

    private mutating func key(_ number: Int, _ kind: Kind) { append(UInt64(number) << 3 | kind.rawValue) }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
