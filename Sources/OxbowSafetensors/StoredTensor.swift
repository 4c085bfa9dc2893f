#if _endian(big)
#error("State files are little-endian and are copied without swapping.")
#endif

/// A tensor as it lies in a file: type, shape and little-endian bytes, the last dimension fastest.
public struct StoredTensor: Hashable, Sendable {
    public let type: ElementType
    public let shape: [Int]
    /// Row-major, little-endian; exactly as many as type and shape say.
    public let bytes: [UInt8]

    /// From values in row-major order. Our own bug if their number is not the product of `shape`.
    public init<Element: StoredElement>(shape: [Int], _ values: [Element]) {
        precondition(
            shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count,
            "\(values.count) values do not fill shape \(shape)")
        self.type = Element.elementType
        self.shape = shape
        self.bytes = values.withUnsafeBytes { [UInt8]($0) }
    }

    /// From bytes that were checked to fit.
    init(type: ElementType, shape: [Int], checkedBytes: [UInt8]) {
        self.type = type
        self.shape = shape
        self.bytes = checkedBytes
    }

    /// Number of elements.
    public var count: Int { bytes.count / type.byteCount }

    /// The values, or nil when the tensor is of another type.
    public func values<Element: StoredElement>(as _: Element.Type = Element.self) -> [Element]? {
        guard Element.elementType == type else { return nil }
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
            initialized = count
        }
    }
}
