import COxbowWire

/// Checks the bytes of a message against its descriptor before protobuf-c sees them.
///
/// protobuf-c allocates while it parses, merges repeated submessages, cuts numbers to 32 bits, ends a text at its first
/// NUL and keeps any enum value. So all of that is refused here: after a scan every field has its wire type, occurs at
/// most once (required ones and oneofs exactly once) unless repeated, and lies in its limits.
struct WireScan {
    private let subject: String
    private var unknownFields = 0

    private typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>
    private typealias Field = UnsafePointer<ProtobufCFieldDescriptor>
    /// How often each field of one message occurred, by its place in the descriptor.
    private typealias Counts = InlineArray<32, Int>

    /// Throws `malformed` or `tooLarge` unless the bytes are one message of this type.
    static func check(
        _ bytes: UnsafeRawBufferPointer, as descriptor: UnsafePointer<ProtobufCMessageDescriptor>, subject: String
    ) throws(WireError) {
        var scan = WireScan(subject: subject)
        try scan.message(bytes, as: descriptor)
    }

    private init(subject: String) {
        self.subject = subject
    }

    private mutating func message(_ bytes: UnsafeRawBufferPointer, as descriptor: Descriptor) throws(WireError) {
        precondition(descriptor.pointee.n_fields <= 32, "a message of more than 32 fields")
        var reader = WireReader(bytes)
        var counts = Counts(repeating: 0)
        while !reader.isAtEnd {
            guard let (number, wire) = reader.tag() else {
                throw .malformed(subject, "'\(name(of: descriptor))' holds bytes that are no field")
            }
            guard let index = Self.index(of: number, in: descriptor) else {
                try skipUnknown(&reader, wire, in: descriptor)
                continue
            }
            let field = descriptor.pointee.fields + index
            counts[index] += try value(of: field, wire, &reader, in: descriptor)
            try checkCount(counts[index], of: field, in: descriptor)
        }
        try checkPresence(counts, in: descriptor)
    }

    private static func index(of number: UInt32, in descriptor: Descriptor) -> Int? {
        (0..<Int(descriptor.pointee.n_fields)).first { descriptor.pointee.fields[$0].id == number }
    }

    private mutating func skipUnknown(
        _ reader: inout WireReader, _ wire: WireType, in descriptor: Descriptor
    ) throws(WireError) {
        unknownFields += 1
        guard unknownFields <= WireLimits.unknownFields else {
            throw .tooLarge(subject, "more than \(WireLimits.unknownFields) unknown fields")
        }
        guard reader.skip(wire) else {
            throw .malformed(subject, "'\(name(of: descriptor))' ends inside a field")
        }
    }

    /// Checks one value and passes over it.
    /// - Returns: how many entries it holds: 1, or as many as a packed block has.
    private mutating func value(
        of field: Field, _ wire: WireType, _ reader: inout WireReader, in descriptor: Descriptor
    ) throws(WireError) -> Int {
        if field.pointee.label == PROTOBUF_C_LABEL_REPEATED, field.pointee.type == PROTOBUF_C_TYPE_UINT32 {
            guard wire == .block, let block = reader.block() else { throw broken(field, descriptor) }
            return try packed(block, of: field, in: descriptor)
        }
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_FIXED64:
            guard wire == .fixed64, reader.take(8) != nil else { throw broken(field, descriptor) }
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE:
            guard wire == .block, let block = reader.block() else { throw broken(field, descriptor) }
            try content(block, of: field, in: descriptor)
        default:
            guard wire == .varint, let value = reader.varint() else { throw broken(field, descriptor) }
            try number(value, of: field, in: descriptor)
        }
        return 1
    }

    private func packed(
        _ block: UnsafeRawBufferPointer, of field: Field, in descriptor: Descriptor
    ) throws(WireError) -> Int {
        var reader = WireReader(block)
        var count = 0
        let limit = WireLimits.count(ofField: String(cString: field.pointee.name))
        while !reader.isAtEnd {
            guard let value = reader.varint() else { throw broken(field, descriptor) }
            try number(value, of: field, in: descriptor)
            count += 1
            if count > limit { try checkCount(count, of: field, in: descriptor) }
        }
        return count
    }

    private mutating func content(
        _ block: UnsafeRawBufferPointer, of field: Field, in descriptor: Descriptor
    ) throws(WireError) {
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_MESSAGE:
            guard let inner = field.pointee.descriptor else { fatalError("a message field without descriptor") }
            try message(block, as: inner.assumingMemoryBound(to: ProtobufCMessageDescriptor.self))
        case PROTOBUF_C_TYPE_STRING:
            let limit = WireLimits.textBytes(ofField: String(cString: field.pointee.name))
            guard block.count <= limit else { throw tooLong(field, descriptor, limit) }
            // A NUL would end the text for C.
            guard !block.contains(0), String(validating: block, as: UTF8.self) != nil else {
                throw .malformed(subject, "\(path(of: field, descriptor)) is not a text in UTF-8")
            }
        default:
            let limit = WireLimits.bytes(ofField: String(cString: field.pointee.name))
            guard block.count <= limit else { throw tooLong(field, descriptor, limit) }
        }
    }

    private func number(_ value: UInt64, of field: Field, in descriptor: Descriptor) throws(WireError) {
        let known: Bool
        switch field.pointee.type {
        case PROTOBUF_C_TYPE_UINT64: known = true
        case PROTOBUF_C_TYPE_UINT32: known = value <= UInt32.max
        case PROTOBUF_C_TYPE_BOOL: known = value <= 1
        case PROTOBUF_C_TYPE_ENUM:
            let values = field.pointee.descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
            known = value <= Int32.max && protobuf_c_enum_descriptor_get_value(values, Int32(value)) != nil
        default: fatalError("proto/ has a field type that the scan does not know")
        }
        guard known else {
            throw .malformed(subject, "\(path(of: field, descriptor)) has no value \(value)")
        }
    }
}

extension WireScan {
    private func checkCount(_ count: Int, of field: Field, in descriptor: Descriptor) throws(WireError) {
        guard field.pointee.label == PROTOBUF_C_LABEL_REPEATED else {
            if count <= 1 { return }
            throw .malformed(subject, "\(path(of: field, descriptor)) occurs twice")
        }
        let limit = WireLimits.count(ofField: String(cString: field.pointee.name))
        guard count <= limit else {
            throw .tooLarge(subject, "\(path(of: field, descriptor)) has more than \(limit) entries")
        }
    }

    /// Required fields are there, and exactly one member of each oneof: in this protocol no oneof may be empty.
    private func checkPresence(_ counts: Counts, in descriptor: Descriptor) throws(WireError) {
        for index in 0..<Int(descriptor.pointee.n_fields) {
            let field = descriptor.pointee.fields + index
            if field.pointee.label == PROTOBUF_C_LABEL_REQUIRED, counts[index] == 0 {
                throw .malformed(subject, "\(path(of: field, descriptor)) is missing")
            }
            guard isInOneof(field) else { continue }
            var members = 0
            for other in 0..<Int(descriptor.pointee.n_fields) {
                let candidate = descriptor.pointee.fields + other
                guard isInOneof(candidate) else { continue }
                if candidate.pointee.quantifier_offset == field.pointee.quantifier_offset { members += counts[other] }
            }
            guard members == 1 else {
                let place = "\(path(of: field, descriptor)) and its alternatives"
                throw .malformed(subject, "of \(place) there are \(members), not 1")
            }
        }
    }

    private func isInOneof(_ field: Field) -> Bool {
        field.pointee.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0
    }

    private func name(of descriptor: Descriptor) -> String { String(cString: descriptor.pointee.short_name) }

    private func path(of field: Field, _ descriptor: Descriptor) -> String {
        "'\(String(cString: field.pointee.name))' of '\(name(of: descriptor))'"
    }

    private func broken(_ field: Field, _ descriptor: Descriptor) -> WireError {
        .malformed(subject, "\(path(of: field, descriptor)) is cut short or of another type")
    }

    private func tooLong(_ field: Field, _ descriptor: Descriptor, _ limit: Int) -> WireError {
        .tooLarge(subject, "\(path(of: field, descriptor)) is longer than \(limit) bytes")
    }
}
