import Foundation
import OxbowProtocol
import OxbowWire

/// Records one run's trace on a thread of its own, so that whoever tells it things need not wait for hashes and the disk.
///
/// Bounded: who tells more than the queue holds waits, since a trace with holes could not be replayed.
// Sendable: everything mutable is behind `condition`; the writer is used by the one thread only.
public final class TraceRecorder: @unchecked Sendable {
    private enum Item: Sendable {
        case record(TraceRecord)
        case message(TracedMessage)
        case decision(UInt64, JournalRecord)
        case note(UInt64, BrokerNote)

        /// Bytes that it holds until it is written.
        var heldBytes: Int {
            if case .message(let message) = self, case .received(let body, _) = message.body { body.byteCount } else { 0 }
        }
    }

    private let condition = NSCondition()
    private var items: [Item] = []
    private var heldBytes = 0
    /// Items so far: told, and given to the system.
    private var (told, written) = (0, 0)
    /// Callers that wait for all to be written.
    private var flushes = 0
    private var isClosed = false
    private var isDone = false
    private var failure: TraceError?
    private let writer: TraceWriter
    private let keepsBodies: Bool
    private let path: String
    private let limit: UInt64

    static let mostItems = 4096
    static let mostHeldBytes = 64 << 20
    /// The thread is woken by this much, else it looks by itself: a wake-up for each message would cost its sender more than
    /// the message does.
    private static let (wakingItems, wakingBytes, pause) = (512, 4 << 20, 0.02)

    /// Begins the file. Throws `TraceError` if it cannot be written.
    /// - Parameter limit: bytes; with the record that reaches it recording ends, as on a full disk.
    public init(_ path: String, _ header: TraceHeader, time_ns: UInt64, limit: UInt64 = .max) throws(TraceError) {
        (self.path, self.limit) = (path, limit)
        writer = try TraceWriter(path)
        keepsBodies = header.holdsBodies
        try writer.write(TraceRecord(time_ns: time_ns, .header(header)))
        try writer.flush()
        let thread = Thread { [self] in work() }
        thread.name = "trace"
        thread.start()
    }

    public func add(_ record: TraceRecord) { add(.record(record)) }
    public func add(_ message: TracedMessage) { add(.message(message)) }
    public func add(_ decision: JournalRecord, time_ns: UInt64) { add(.decision(time_ns, decision)) }
    public func add(_ note: BrokerNote, time_ns: UInt64) { add(.note(time_ns, note)) }

    /// Returns once the system has all that was told so far, so that it outlives this process; the disk may not have it yet.
    public func flush() {
        condition.lock()
        defer { condition.unlock() }
        let target = told
        flushes += 1
        condition.broadcast()
        while written < target, failure == nil, !isDone { condition.wait() }
        flushes -= 1
    }

    /// Takes no more; the file is finished without anybody waiting for it.
    public func seal() {
        condition.withLock { isClosed = true }
        condition.broadcast()
    }

    /// Ends the file; returns once it is on the disk.
    public func finish() {
        seal()
        condition.lock()
        while !isDone { condition.wait() }
        condition.unlock()
    }

    /// Why recording ended early; nil while all is well.
    public var error: TraceError? { condition.withLock { failure } }

    private func add(_ item: Item) {
        let bytes = item.heldBytes
        condition.lock()
        defer { condition.unlock() }
        // A body that is larger than the limit passes alone.
        while failure == nil, !isClosed,
            items.count >= Self.mostItems || heldBytes > 0 && heldBytes + bytes > Self.mostHeldBytes
        { condition.wait() }
        guard failure == nil, !isClosed else { return }
        items.append(item)
        told += 1
        heldBytes += bytes
        if items.count == Self.wakingItems || heldBytes >= Self.wakingBytes { condition.broadcast() }
    }

    // MARK: The thread

    private func work() {
        while let taken = take() {
            attempt { () throws(TraceError) in
                for item in taken.items { try write(item) }
                try writer.flush()
            }
            release(taken.items.count, taken.bytes)
        }
        attempt { () throws(TraceError) in try writer.finish() }
        condition.withLock { isDone = true }
        condition.broadcast()
    }

    /// What is there, after a pause if that is little; nil once all was taken and no more comes.
    private func take() -> (items: [Item], bytes: Int)? {
        condition.lock()
        defer { condition.unlock() }
        if items.count < Self.wakingItems, heldBytes < Self.wakingBytes, !isClosed, flushes == 0 || items.isEmpty {
            _ = condition.wait(until: Date(timeIntervalSinceNow: Self.pause))
        }
        if items.isEmpty, isClosed { return nil }
        defer { items.removeAll(keepingCapacity: true) }
        return (items, heldBytes)
    }

    private func release(_ count: Int, _ bytes: Int) {
        condition.withLock {
            written += count
            heldBytes -= bytes
        }
        condition.broadcast()
    }

    /// Nothing is written after a failure: half a record may be in the file.
    private func attempt(_ work: () throws(TraceError) -> Void) {
        guard error == nil else { return }
        do {
            try work()
        } catch {
            condition.withLock { failure = error }
            condition.broadcast()
        }
    }

    private func write(_ item: Item) throws(TraceError) {
        guard writer.byteCount < limit else {
            // Whole records only.
            try writer.flush()
            throw .full(path, limit)
        }
        switch item {
        case .record(let record): try writer.write(record)
        case .message(let message): try write(message)
        case .decision(let time, let decision): try writer.write(TraceRecord(time_ns: time, .decision(TraceJSON.text(decision))))
        case .note(let time, let note): try writer.write(TraceRecord(time_ns: time, .note(TraceJSON.text(note))))
        }
    }

    private func write(_ traced: TracedMessage) throws(TraceError) {
        var message = TraceMessage(
            direction: traced.direction, connection: traced.connection, member: traced.member, envelope: traced.envelope,
            bodyLength: 0, bodyHash: [])
        var kept: (any TracedBody)?
        switch traced.body {
        case .control(let bytes):
            (message.bodyLength, message.bodyHash) = (UInt64(bytes.count), TraceHash(bytes).bytes)
            message.controlBody = bytes
        case .received(let body, let digest):
            message.bodyLength = UInt64(body.byteCount)
            body.withTracedBytes { message.bodyHash = TraceHash($0).bytes }
            digest?.bytes = message.bodyHash
            if keepsBodies, message.key != nil { kept = body }
        case .passedOn(let byteCount, let digest, let received_ns):
            // Bodies that came before this file was begun are not of its run.
            guard let hash = digest?.bytes else { return }
            (message.bodyLength, message.bodyHash, message.received_ns) = (UInt64(byteCount), hash, received_ns)
        }
        try write(TraceRecord(time_ns: traced.time_ns, .message(message)), kept)
    }

    private func write(_ record: TraceRecord, _ body: (any TracedBody)?) throws(TraceError) {
        guard let body else { return try writer.write(record) }
        var failure: TraceError?
        body.withTracedBytes { bytes in
            do throws(TraceError) { try writer.write(record, body: bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
