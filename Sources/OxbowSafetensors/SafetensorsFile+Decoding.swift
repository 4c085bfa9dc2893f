extension SafetensorsFile {
    /// A longer header is refused, as the format's reference does.
    public static let headerLimit_bytes = 100_000_000

    /// Reads a file's bytes; the whole header is checked before a tensor is copied. `name` is named in errors.
    ///
    /// Tensors must lie one behind the other and end where the file ends: no overlap, no gap, nothing left over.
    public static func decode(_ bytes: [UInt8], name: String = "state") throws(SafetensorsError) -> SafetensorsFile {
        let bodyStart = try headerEnd(bytes, name)
        var parser = HeaderParser(bytes[8..<bodyStart])
        do { try parser.parse() } catch {
            let reason = "its header is not understood at byte \(error.offset): \(error.reason)"
            throw .damaged(.malformedHeader, name, reason)
        }
        let types = try check(parser.entries, bodyCount: bytes.count - bodyStart, name)
        var file = SafetensorsFile(metadata: parser.metadata)
        file.tensors.reserveCapacity(parser.entries.count)
        for (entry, type) in zip(parser.entries, types) {
            let content = [UInt8](bytes[(bodyStart + entry.begin)..<(bodyStart + entry.end)])
            file.tensors[entry.name] = StoredTensor(type: type, shape: entry.shape, checkedBytes: content)
        }
        return file
    }

    /// Where the tensors begin.
    private static func headerEnd(_ bytes: [UInt8], _ name: String) throws(SafetensorsError) -> Int {
        guard bytes.count >= 8 else {
            throw .damaged(.truncated, name, "it has \(bytes.count) bytes and ends within its first 8")
        }
        let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(headerLimit_bytes) else {
            throw .damaged(.tooLarge, name, "its header claims \(length) bytes, more than \(headerLimit_bytes)")
        }
        guard Int(length) <= bytes.count - 8 else {
            throw .damaged(.truncated, name, "its header claims \(length) bytes and \(bytes.count - 8) follow")
        }
        return 8 + Int(length)
    }

    /// Types of the entries, when all of them fit each other and the body.
    private static func check(
        _ entries: [HeaderEntry], bodyCount: Int, _ name: String
    ) throws(SafetensorsError) -> [ElementType] {
        var types: [ElementType] = []
        for entry in entries { types.append(try check(entry, name)) }
        var end = 0
        let order = entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
        for entry in order {
            if entry.begin < end {
                throw .damaged(.overlapping, name, "tensor '\(entry.name)' overlaps another one")
            }
            if entry.begin > end {
                throw .damaged(.outOfRange, name, "\(entry.begin - end) bytes before tensor '\(entry.name)' belong to none")
            }
            end = entry.end
        }
        if end > bodyCount {
            throw .damaged(.truncated, name, "its tensors need \(end) bytes and \(bodyCount) are there")
        }
        if end < bodyCount {
            throw .damaged(.outOfRange, name, "\(bodyCount - end) bytes at its end belong to no tensor")
        }
        return types
    }

    private static func check(_ entry: HeaderEntry, _ name: String) throws(SafetensorsError) -> ElementType {
        guard let type = ElementType(rawValue: entry.dtype) else {
            let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            let reason = "tensor '\(entry.name)' has type '\(entry.dtype)', and known are \(known)"
            throw SafetensorsError(.unsupportedType, "read", name, reason, "Convert it to one of these types first.")
        }
        var size = type.byteCount
        for dimension in entry.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            if overflow {
                throw .damaged(.tooLarge, name, "tensor '\(entry.name)' claims the shape \(entry.shape)")
            }
            size = product
        }
        guard entry.end >= entry.begin, entry.end - entry.begin == size else {
            let reason = "tensor '\(entry.name)' spans \(entry.begin)..<\(entry.end), where its shape needs \(size) bytes"
            throw .damaged(.outOfRange, name, reason)
        }
        return type
    }
}
