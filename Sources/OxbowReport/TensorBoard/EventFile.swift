import OxbowProtobuf

/// A file of events that TensorBoard reads: records, each with an `Event` in protobuf's encoding.
///
/// A record is the length (8 bytes, little-endian), the masked checksum of these 8 bytes, the data, and the masked
/// checksum of the data. Only these few fields are written:
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
        event.text(3, "brain.Event:2")
        record(event.bytes)
    }

    /// Adds one event with all its values; `wallTime` in seconds since 1970.
    public mutating func add(step: Int, wallTime: Double, _ values: [Value]) {
        guard !values.isEmpty else { return }
        var summary = ProtobufFields()
        for value in values { summary.message(1, Self.encoded(value)) }
        var event = ProtobufFields()
        event.double(1, wallTime)
        event.integer(2, step)
        event.message(5, summary)
        record(event.bytes)
    }

    private static func encoded(_ value: Value) -> ProtobufFields {
        var fields = ProtobufFields()
        fields.text(1, value.tag)
        switch value.content {
        case .number(let number): fields.float(2, Float(number))
        case .picture(let picture):
            var image = ProtobufFields()
            image.integer(1, picture.height)
            image.integer(2, picture.width)
            image.integer(3, picture.channels)
            image.bytes(4, picture.png)
            fields.message(4, image)
        }
        return fields
    }

    private mutating func record(_ data: [UInt8]) {
        let length = Self.littleEndian(UInt64(data.count))
        bytes += length + Self.littleEndian(CRC32C.masked(length)) + data + Self.littleEndian(CRC32C.masked(data))
    }

    static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian, Array.init)
    }
}
