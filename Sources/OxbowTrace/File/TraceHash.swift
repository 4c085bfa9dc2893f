import CXXHash

/// XXH3 with 128 bits: finds damage, does not withstand a forger.
public struct TraceHash: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    static let byteCount = 16

    /// Of these bytes.
    public init(_ bytes: UnsafeRawBufferPointer) { self.init(XXH3_128bits(bytes.baseAddress, bytes.count)) }

    public init(_ bytes: [UInt8]) { self = bytes.withUnsafeBytes { TraceHash($0) } }

    fileprivate init(_ hash: XXH128_hash_t) { (high, low) = (hash.high64, hash.low64) }

    /// Canonical: the high byte first.
    public var bytes: [UInt8] {
        [high, low].flatMap { word in stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) } }
    }
}

/// The checksums of a file's records, each of which covers the one before.
///
/// Used by one thread at a time.
final class TraceChain {
    private let state: OpaquePointer
    /// The checksum of the record before, or of the file's head.
    private(set) var link: TraceHash

    init(head: [UInt8]) {
        guard let state = XXH3_createState() else { fatalError("out of memory for a checksum") }
        self.state = state
        link = TraceHash(head)
    }

    deinit { XXH3_freeState(state) }

    /// Covers the lengths of the next record alone, so that they can be trusted before anything is read by them.
    func check(ofLengths lengths: [UInt8]) -> UInt64 {
        let bytes = link.bytes + lengths
        return XXH3_64bits(bytes, bytes.count)
    }

    /// Begins the next record.
    func begin() {
        XXH3_128bits_reset(state)
        link.bytes.withUnsafeBytes { add($0) }
    }

    func add(_ bytes: UnsafeRawBufferPointer) {
        if !bytes.isEmpty { XXH3_128bits_update(state, bytes.baseAddress, bytes.count) }
    }

    /// Ends the record: its checksum is the link to the next one.
    func end() -> TraceHash {
        link = TraceHash(XXH3_128bits_digest(state))
        return link
    }
}
