import OxbowWire

/// Reads a trace record by record; memory does not grow with the file. Used by one thread at a time.
///
/// A record is given out once it was checked against the chain. Where a file was changed, it ends: `ending` says how, once
/// `next` gave nil.
public final class TraceReader: Sequence, IteratorProtocol {
    /// A record and where it is.
    public struct Entry: Hashable, Sendable {
        /// From 0, the header.
        public var number: Int
        /// Of its first byte in the file.
        public var offset: UInt64
        public var record: TraceRecord
        /// A bulk message's body, where it was kept.
        public var body: BodyPlace?
    }

    /// Where in the file a body is.
    public struct BodyPlace: Hashable, Sendable {
        public var offset: UInt64
        public var byteCount: Int
    }

    public let path: String
    public let header: TraceHeader
    private let cursor: TraceCursor
    /// The header's, read while opening.
    private var first: Entry?

    /// Opens a trace and reads its header.
    /// - Throws: `TraceError`: no such file, none that is a trace, or one without an intact header.
    public init(_ path: String) throws(TraceError) {
        self.path = path
        cursor = try TraceCursor(path)
        first = cursor.next()
        guard case .header(let header)? = first?.record.content else {
            if case .damaged(let fault)? = cursor.ending { throw fault.error(path) }
            throw .unreadable(path, "it ends before its header does")
        }
        self.header = header
    }

    /// The next record, the header first; nil at the end and wherever the file cannot be trusted any more.
    public func next() -> Entry? {
        defer { first = nil }
        return first ?? cursor.next()
    }

    /// How the file stops; nil while there may be more to read.
    public var ending: TraceEnding? { cursor.ending }

    /// Whether it stops inside a record.
    public var isTorn: Bool {
        if case .torn? = ending { true } else { false }
    }

    /// The bytes of a body that was kept; the chain covered them when their entry was read.
    public func body(of entry: Entry) throws(TraceError) -> [UInt8]? {
        try entry.body.map { place throws(TraceError) in try body(at: place) }
    }

    /// The bytes at a place that an entry of this file named; the chain covered them when that entry was read.
    public func body(at place: BodyPlace) throws(TraceError) -> [UInt8] {
        let bytes = try cursor.file.read(place.byteCount, at: place.offset)
        guard bytes.count == place.byteCount else { throw .unreadable(path, "it became shorter") }
        return bytes
    }

    /// Throws `TraceError` if the file was changed; to be called once `next` gave nil.
    public func checkIntegrity() throws(TraceError) {
        if case .damaged(let fault)? = ending { throw fault.error(path) }
    }
}
