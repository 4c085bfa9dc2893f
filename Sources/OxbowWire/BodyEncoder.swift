import COxbowWire

/// Lays tensors out as one bulk body, and writes it into a buffer of the caller: each tensor is copied once.
public struct BodyEncoder {
    public let specs: [TensorSpec]
    /// The bytes of the whole body.
    public let byteCount: Int
    private let header: [UInt8]
    /// Each tensor's place in the body.
    private let places: [Range<Int>]

    /// Throws when a tensor, their number or the body is over its limit, a name is empty or there twice.
    public init(_ specs: [TensorSpec]) throws(WireError) {
        try BodyFormat.check(names: specs.map(\.name))
        var byteCounts: [Int] = []
        for spec in specs { byteCounts.append(try BodyFormat.byteCount(of: spec)) }
        let (offsets, end) = BodyFormat.offsets(of: byteCounts)
        header = Self.header(specs, offsets, byteCounts)
        let start = BodyFormat.aligned(BodyFormat.preludeBytes + header.count)
        places = zip(offsets, byteCounts).map { start + $0..<start + $0 + $1 }
        byteCount = start + end
        self.specs = specs
        guard byteCount <= WireLimits.bodyBytes, header.count <= WireLimits.bodyHeaderBytes else {
            throw .tooLarge(BodyFormat.subject, "\(byteCount) bytes are more than \(WireLimits.bodyBytes)")
        }
    }

    /// The bytes of a body of these tensors. Throws as `init`.
    public static func byteCount(for specs: [TensorSpec]) throws(WireError) -> Int {
        try BodyEncoder(specs).byteCount
    }

    /// Writes everything but the elements, which `fill` writes: it gets each tensor's index and its bytes.
    ///
    /// - Parameter buffer: exactly `byteCount` bytes, aligned for nothing.
    public func encode(
        into buffer: UnsafeMutableRawBufferPointer, fill: (Int, UnsafeMutableRawBufferPointer) -> Void
    ) {
        precondition(buffer.count == byteCount, "a body of \(byteCount) bytes into a buffer of \(buffer.count)")
        var written = 0
        func write(_ bytes: [UInt8]) {
            buffer[written..<written + bytes.count].copyBytes(from: bytes)
            written += bytes.count
        }
        write(prelude)
        write(header)
        for (index, place) in places.enumerated() {
            // Padding is zeroed: a new buffer may hold anything, and equal tensors must give equal bytes.
            write([UInt8](repeating: 0, count: place.lowerBound - written))
            fill(index, UnsafeMutableRawBufferPointer(rebasing: buffer[place]))
            written = place.upperBound
        }
        write([UInt8](repeating: 0, count: byteCount - written))
    }

    /// Writes the body of these tensors, whose specs are those of `init`.
    public func encode(_ tensors: [TensorView], into buffer: UnsafeMutableRawBufferPointer) {
        precondition(tensors.map(\.spec) == specs, "other tensors than those that were laid out")
        encode(into: buffer) { index, target in
            let bytes = tensors[index].bytes
            precondition(bytes.count == target.count, "tensor '\(specs[index].name)' of \(bytes.count) bytes")
            target.copyMemory(from: bytes)
        }
    }

    private var prelude: [UInt8] {
        var prelude = BodyFormat.magic
        withUnsafeBytes(of: BodyFormat.version.littleEndian) { prelude += $0 }
        prelude += [0, 0]
        withUnsafeBytes(of: UInt32(header.count).littleEndian) { prelude += $0 }
        withUnsafeBytes(of: UInt32(byteCount).littleEndian) { prelude += $0 }
        return prelude
    }

    private static func header(_ specs: [TensorSpec], _ offsets: [Int], _ byteCounts: [Int]) -> [UInt8] {
        let arena = WireArena.forEncoding()
        let tensors = specs.indices.map { index in
            arena.new(oxbow__v1__tensor_header__init) {
                $0.name = arena.text(specs[index].name)
                $0.dtype = Oxbow__V1__DType(UInt32(specs[index].dtype.rawValue))
                $0.encoding = OXBOW__V1__ENCODING__ENCODING_RAW
                $0.n_dims = specs[index].shape.count
                $0.dims = arena.array(specs[index].shape.map { UInt32($0) })
                $0.offset = UInt64(offsets[index])
                $0.byte_length = UInt64(byteCounts[index])
            } as UnsafeMutablePointer<Oxbow__V1__TensorHeader>?
        }
        return withExtendedLifetime(arena) {
            let header = arena.new(oxbow__v1__body_header__init) {
                $0.n_tensors = tensors.count
                $0.tensors = arena.array(tensors)
            }
            return packed(&header.pointee.base)
        }
    }
}
