/// The type of a tensor's elements.
public enum DType: UInt8, Hashable, Sendable, CaseIterable {
    case float32 = 1

    public var byteWidth: Int {
        switch self {
        case .float32: 4
        }
    }
}

/// What a tensor is, without its elements. An empty shape is a scalar.
public struct TensorSpec: Hashable, Sendable {
    public var name: String
    public var shape: [Int]
    public var dtype: DType

    public init(name: String, shape: [Int], dtype: DType = .float32) {
        self.name = name
        self.shape = shape
        self.dtype = dtype
    }
}

/// A tensor in memory of somebody else: to be encoded, or inside a received body.
///
/// `bytes`: little-endian, row-major, as many as shape and dtype say. Of a decoded tensor they are valid as long as the
/// body's buffer, and aligned only if that is: a libzmq frame is aligned for nothing, so copy them out.
public struct TensorView {
    public var spec: TensorSpec
    public var bytes: UnsafeRawBufferPointer

    public init(spec: TensorSpec, bytes: UnsafeRawBufferPointer) {
        self.spec = spec
        self.bytes = bytes
    }

    public init(name: String, shape: [Int], dtype: DType = .float32, bytes: UnsafeRawBufferPointer) {
        self.init(spec: TensorSpec(name: name, shape: shape, dtype: dtype), bytes: bytes)
    }

    public var name: String { spec.name }
    public var shape: [Int] { spec.shape }
    public var dtype: DType { spec.dtype }
}
