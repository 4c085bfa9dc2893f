import COxbowWire
import OxbowProtocol

// protoc-c's names are long; these are used in this module only.
typealias WireEnvelope = Oxbow__V1__Envelope
typealias WireControl = Oxbow__V1__Control
typealias WireBodyHeader = Oxbow__V1__BodyHeader

/// Scans, then unpacks a generated message, and hands it to `body` while its memory lives.
///
/// - Parameter budget: the most bytes it may unpack to; nil for what `WireLimits` says.
func withUnpacked<Message, Result>(
    _ bytes: UnsafeRawBufferPointer, subject: String, limit: Int, budget: Int? = nil,
    descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    unpack: (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?) -> UnsafeMutablePointer<Message>?,
    _ body: (Message) throws(WireError) -> Result
) throws(WireError) -> Result {
    guard bytes.count <= limit else {
        throw .tooLarge(subject, "\(bytes.count) bytes are more than \(limit)")
    }
    try WireScan.check(bytes, as: descriptor, subject: subject)
    let budget = budget ?? WireLimits.unpackedBytes(of: bytes.count)
    let arena = WireArena(limit: budget)
    // protobuf-c wants a pointer even for no bytes.
    var nothing: UInt8 = 0
    let message = arena.withAllocator { allocator in
        withUnsafePointer(to: &nothing) { nothing in
            unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? nothing)
        }
    }
    guard let message else {
        throw .tooLarge(subject, "it does not unpack within \(budget) bytes")
    }
    defer { withExtendedLifetime(arena) {} }
    return try body(message.pointee)
}

/// The bytes of a generated message, in the order of field numbers: equal messages give equal bytes.
func packed(_ message: UnsafePointer<ProtobufCMessage>) -> [UInt8] {
    let count = protobuf_c_message_get_packed_size(message)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        written = protobuf_c_message_pack(message, buffer.baseAddress)
        precondition(written == count, "a message of \(count) bytes packed to \(written)")
    }
}

/// The Swift value of a number that the scan found in the generated enum; the two lists are kept equal by a test.
func known<Value: RawRepresentable>(
    _ number: UInt32, _ subject: String
) throws(WireError) -> Value where Value.RawValue == UInt8 {
    guard let raw = UInt8(exactly: number), let value = Value(rawValue: raw) else {
        throw .malformed(subject, "\(Value.self) has no value \(number)")
    }
    return value
}

/// A submessage that the scan found present.
func part<Message>(_ pointer: UnsafeMutablePointer<Message>?, _ subject: String) throws(WireError) -> Message {
    guard let pointer else { throw .malformed(subject, "a part is missing") }
    return pointer.pointee
}
