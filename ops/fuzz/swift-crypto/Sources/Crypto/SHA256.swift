/// The shape of the real one, without the arithmetic: readers do not depend on what it gives.
public struct SHA256 {
    private var sum: UInt64 = 0

    public init() {}

    public mutating func update(data: some Sequence<UInt8>) {
        for byte in data { sum = sum &* 31 &+ UInt64(byte) }
    }

    public mutating func update(bufferPointer: UnsafeRawBufferPointer) { update(data: bufferPointer) }

    public func finalize() -> [UInt8] { withUnsafeBytes(of: sum) { Array($0) } }
}
