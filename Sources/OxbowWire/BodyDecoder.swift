import COxbowWire

/// Reads a bulk body without copying its tensors.
public enum BodyDecoder {
    private static let subject = BodyFormat.subject

    /// The tensors of a body, as views into `body` with checked places, in their order.
    ///
    /// Throws `malformed` or `tooLarge`. The elements are not looked at: they may be anything.
    /// - Parameter limit: the most bytes this receiver takes.
    public static func decode(
        _ body: UnsafeRawBufferPointer, limit: Int = WireLimits.bodyBytes
    ) throws(WireError) -> [TensorView] {
        let header = try headerBytes(of: body, limit: min(limit, WireLimits.bodyBytes))
        let start = BodyFormat.aligned(BodyFormat.preludeBytes + header.count)
        guard start <= body.count else {
            throw .malformed(subject, "its header is not padded to \(BodyFormat.alignment) bytes")
        }
        let data = UnsafeRawBufferPointer(rebasing: body[start...])
        var empty = WireBodyHeader()
        oxbow__v1__body_header__init(&empty)
        return try withUnpacked(
            header, subject: subject, limit: WireLimits.bodyHeaderBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__body_header__unpack
        ) { message throws(WireError) in try tensors(of: message, in: data) }
    }

    private static func headerBytes(
        of body: UnsafeRawBufferPointer, limit: Int
    ) throws(WireError) -> UnsafeRawBufferPointer {
        guard body.count <= limit else { throw .tooLarge(subject, "\(body.count) bytes are more than \(limit)") }
        guard body.count >= BodyFormat.preludeBytes, body.prefix(4).elementsEqual(BodyFormat.magic) else {
            throw .malformed(subject, "it does not begin as a body")
        }
        let version = UInt16(littleEndian: body.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        let reserved = body.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        guard version == BodyFormat.version, reserved == 0 else {
            throw .malformed(subject, "format \(version) with flags \(reserved) is not known")
        }
        let headerLength = Int(UInt32(littleEndian: body.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        let totalLength = Int(UInt32(littleEndian: body.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
        guard totalLength == body.count else {
            throw .malformed(subject, "it has \(body.count) bytes but says \(totalLength)")
        }
        guard headerLength <= WireLimits.bodyHeaderBytes else {
            throw .tooLarge(subject, "a header of \(headerLength) bytes is more than \(WireLimits.bodyHeaderBytes)")
        }
        guard headerLength <= body.count - BodyFormat.preludeBytes else {
            throw .malformed(subject, "its header of \(headerLength) bytes is cut short")
        }
        return UnsafeRawBufferPointer(
            rebasing: body[BodyFormat.preludeBytes..<BodyFormat.preludeBytes + headerLength])
    }

    private static func tensors(
        of header: WireBodyHeader, in data: UnsafeRawBufferPointer
    ) throws(WireError) -> [TensorView] {
        var views: [TensorView] = []
        views.reserveCapacity(header.n_tensors)
        var end = 0
        for pointer in UnsafeBufferPointer(start: header.tensors, count: header.n_tensors) {
            let tensor = try part(pointer, subject)
            let spec = try spec(of: tensor)
            let byteCount = try BodyFormat.byteCount(of: spec)
            // The place follows from the tensors before, so nothing overlaps and nothing is hidden between them.
            let place = BodyFormat.aligned(end)
            guard tensor.offset == UInt64(place), tensor.byte_length == UInt64(byteCount) else {
                throw .malformed(
                    subject,
                    "tensor '\(spec.name)' is \(tensor.byte_length) bytes at \(tensor.offset), not \(byteCount) at \(place)")
            }
            guard place <= data.count, byteCount <= data.count - place else {
                throw .malformed(subject, "tensor '\(spec.name)' ends behind the body")
            }
            end = place + byteCount
            views.append(
                TensorView(spec: spec, bytes: UnsafeRawBufferPointer(rebasing: data[place..<place + byteCount])))
        }
        try BodyFormat.check(names: views.map(\.name))
        guard end == data.count else {
            throw .malformed(subject, "\(data.count - end) bytes follow the last tensor")
        }
        return views
    }

    private static func spec(of tensor: Oxbow__V1__TensorHeader) throws(WireError) -> TensorSpec {
        guard tensor.encoding == OXBOW__V1__ENCODING__ENCODING_RAW else {
            throw .malformed(subject, "encoding \(tensor.encoding.rawValue) is not known")
        }
        let dims = UnsafeBufferPointer(start: tensor.dims, count: tensor.n_dims)
        return TensorSpec(
            name: String(cString: tensor.name), shape: dims.map { Int($0) },
            dtype: try known(tensor.dtype.rawValue, subject))
    }
}
