import Foundation
import OxbowWire

/// Writes records, each with the checksum that continues the chain. Used by one thread at a time.
public final class TraceWriter {
    private let file: TraceFile
    private let chain = TraceChain(head: TraceFormat.head)
    /// What the disk has not been given yet.
    private var buffer: [UInt8]
    /// Of everything that was written, whether the disk has it yet or not.
    public private(set) var byteCount: UInt64

    private static let bufferBytes = 256 << 10

    /// Begins a file; an older one of this name is replaced. Throws `TraceError`.
    public init(_ path: String) throws(TraceError) {
        file = try TraceFile(writing: path)
        buffer = TraceFormat.head
        byteCount = UInt64(buffer.count)
    }

    /// - Parameter body: of a bulk message, if it is kept.
    /// - Throws: `TraceError`: the disk refused it, or the record is over a limit.
    public func write(_ record: TraceRecord, body: UnsafeRawBufferPointer? = nil) throws(TraceError) {
        let message: [UInt8]
        do { message = try TraceCodec.encode(record) } catch { throw .unwritable(file.path, error.reason) }
        let lengths = TraceFormat.Lengths(message: message.count, body: body?.count ?? 0)
        guard lengths.isAllowed else { throw .unwritable(file.path, "a record of \(lengths.total) bytes is too long") }
        let frame = lengths.bytes + TraceFormat.bytes(chain.check(ofLengths: lengths.bytes))
        chain.begin()
        try frame.withUnsafeBufferPointer { bytes throws(TraceError) in try add(UnsafeRawBufferPointer(bytes)) }
        try message.withUnsafeBufferPointer { bytes throws(TraceError) in try add(UnsafeRawBufferPointer(bytes)) }
        if let body { try add(body) }
        let link = chain.end().bytes
        buffer += link
        byteCount += UInt64(frame.count + message.count + (body?.count ?? 0) + link.count)
    }

    private func add(_ bytes: UnsafeRawBufferPointer) throws(TraceError) {
        chain.add(bytes)
        if bytes.count < Self.bufferBytes {
            buffer.append(contentsOf: bytes)
            if buffer.count >= Self.bufferBytes { try flush() }
        } else {
            try flush()
            try file.write(bytes)
        }
    }

    /// Gives everything to the system.
    public func flush() throws(TraceError) {
        guard !buffer.isEmpty else { return }
        try buffer.withUnsafeBufferPointer { bytes throws(TraceError) in try file.write(UnsafeRawBufferPointer(bytes)) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Returns once everything is on the disk.
    public func finish() throws(TraceError) {
        try flush()
        try file.synchronize()
    }
}
