import OxbowProtocol

/// A body whose bytes can be read: what performers take in.
public protocol ByteBody: BodyStorage {
    /// Calls with the bytes, which are valid during the call and aligned for nothing.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
}

/// Makes a body of so many bytes and lets the closure fill them.
public typealias BodyFactory = @Sendable (Int, (UnsafeMutableRawBufferPointer) -> Void) -> any BodyStorage

/// A body on the heap, for fleets inside one process.
public final class HeapBody: ByteBody {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var byteCount: Int { bytes.count }

    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    public static let factory: BodyFactory = { count, fill in
        HeapBody(
            [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
                fill(UnsafeMutableRawBufferPointer(buffer))
                used = count
            })
    }
}

/// Why a member cannot go on; a sentence for people.
public struct FleetError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
