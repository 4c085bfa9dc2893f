#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Floats in a 64-byte aligned buffer, row-major in the owner's shape; images are (N, H, W, C).
///
/// `@unchecked Sendable`: it is plain memory; whoever writes has it alone, as with any buffer handed to a lane.
public final class Tensor: @unchecked Sendable {
    public let shape: [Int]
    public let count: Int
    public let data: UnsafeMutablePointer<Float>
    private let storage: Storage

    /// The memory, shared by reshaped tensors.
    private final class Storage {
        let data: UnsafeMutablePointer<Float>

        init(count: Int) {
            var raw: UnsafeMutableRawPointer?
            let bytes = max(count, 1) * MemoryLayout<Float>.stride
            precondition(posix_memalign(&raw, 64, bytes) == 0, "no memory for \(bytes) bytes")
            data = raw!.bindMemory(to: Float.self, capacity: max(count, 1))
        }

        deinit { free(data) }
    }

    private init(shape: [Int], storage: Storage?) {
        precondition(shape.allSatisfy { $0 >= 0 }, "tensor shape \(shape)")
        let count = shape.reduce(1, *)
        self.shape = shape
        self.count = count
        self.storage = storage ?? Storage(count: count)
        data = self.storage.data
    }

    /// Zeros.
    public convenience init(_ shape: [Int]) {
        self.init(shape: shape, storage: nil)
        fill(0)
    }

    /// Whatever the memory holds: for who overwrites all of it at once.
    public convenience init(uninitialized shape: [Int]) {
        self.init(shape: shape, storage: nil)
    }

    /// The values, as many as the shape says.
    public convenience init(_ shape: [Int], _ values: [Float]) {
        self.init(shape: shape, storage: nil)
        precondition(values.count == count, "\(values.count) values for a tensor of shape \(shape)")
        load(values)
    }

    public var buffer: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: data, count: count) }

    /// A copy of the values.
    public var array: [Float] { Array(buffer) }

    public func copy() -> Tensor {
        let copy = Tensor(shape: shape, storage: nil)
        copy.copy(from: self)
        return copy
    }

    public func fill(_ value: Float) {
        buffer.update(repeating: value)
    }

    /// Overwrites all values; `values` has `count` elements.
    public func load(_ values: [Float]) {
        precondition(values.count == count, "\(values.count) values for a tensor of shape \(shape)")
        values.withUnsafeBufferPointer { data.update(from: $0.baseAddress ?? UnsafePointer(data), count: count) }
    }

    /// Overwrites all values with another tensor's of the same count.
    public func copy(from other: Tensor) {
        precondition(other.count == count, "copy of shape \(other.shape) into shape \(shape)")
        data.update(from: other.data, count: count)
    }

    /// The same memory under another shape of the same count.
    public func reshaped(_ shape: [Int]) -> Tensor {
        precondition(shape.reduce(1, *) == count, "shape \(self.shape) reshaped to \(shape)")
        return Tensor(shape: shape, storage: storage)
    }
}
