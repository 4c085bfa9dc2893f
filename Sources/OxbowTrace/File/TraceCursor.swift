import OxbowWire

/// Walks over the records of a file and follows the chain.
final class TraceCursor {
    let file: TraceFile
    private let chain = TraceChain(head: TraceFormat.head)
    private var offset = UInt64(TraceFormat.headBytes)
    private var number = 0
    private var hasEnd = false
    private(set) var ending: TraceEnding?

    private static let pieceBytes = 1 << 20

    init(_ path: String) throws(TraceError) {
        file = try TraceFile(reading: path)
        if let fault = TraceFormat.fault(inHead: try file.read(TraceFormat.headBytes, at: 0)) {
            throw .unreadable(path, fault)
        }
    }

    func next() -> TraceReader.Entry? {
        guard ending == nil else { return nil }
        do {
            return try read()
        } catch {
            return stop(at: "cannot be read: \(error)")
        }
    }

    private func read() throws(TraceError) -> TraceReader.Entry? {
        let frame = try file.read(TraceFormat.frameBytes, at: offset)
        if frame.isEmpty { return stop(hasEnd ? .complete : .unfinished) }
        guard frame.count == TraceFormat.frameBytes else { return stop(.torn(at: offset)) }
        let lengths = TraceFormat.Lengths(frame)
        guard chain.check(ofLengths: lengths.bytes) == TraceFormat.number(frame[8..<16]) else {
            return stop(at: "does not follow the one before: its lengths do not match their checksum")
        }
        guard lengths.isAllowed else { return stop(at: "has impossible lengths") }
        guard !hasEnd else { return stop(at: "comes after the end record") }
        let start = offset + UInt64(TraceFormat.frameBytes)
        guard start + UInt64(lengths.total) <= file.byteCount else { return stop(.torn(at: offset)) }
        return try read(lengths, from: start, frame)
    }

    private func read(_ lengths: TraceFormat.Lengths, from start: UInt64, _ frame: [UInt8]) throws(TraceError)
        -> TraceReader.Entry?
    {
        chain.begin()
        frame.withUnsafeBytes { chain.add($0) }
        let message = try file.read(lengths.message, at: start)
        message.withUnsafeBytes { chain.add($0) }
        let body = TraceReader.BodyPlace(offset: start + UInt64(lengths.message), byteCount: lengths.body)
        try addBody(body)
        let link = try file.read(TraceHash.byteCount, at: body.offset + UInt64(body.byteCount))
        guard chain.end().bytes == link else { return stop(at: "does not match its checksum") }
        return entry(message, body, end: body.offset + UInt64(body.byteCount) + UInt64(TraceHash.byteCount))
    }

    private func addBody(_ body: TraceReader.BodyPlace) throws(TraceError) {
        var done = 0
        while done < body.byteCount {
            let piece = try file.read(min(Self.pieceBytes, body.byteCount - done), at: body.offset + UInt64(done))
            guard !piece.isEmpty else { throw .unreadable(file.path, "it became shorter") }
            piece.withUnsafeBytes { chain.add($0) }
            done += piece.count
        }
    }

    /// What the chain vouches for must be a record as well, in a place where it may be.
    private func entry(_ message: [UInt8], _ body: TraceReader.BodyPlace, end: UInt64) -> TraceReader.Entry? {
        let record: TraceRecord
        do {
            record = try message.withUnsafeBufferPointer { bytes throws(WireError) in
                try TraceCodec.decode(UnsafeRawBufferPointer(bytes))
            }
        } catch {
            return stop(at: "is no record: \(error.reason)")
        }
        if let fault = fault(of: record, body) { return stop(at: fault) }
        defer { (offset, number) = (end, number + 1) }
        if case .end = record.content { hasEnd = true }
        return TraceReader.Entry(number: number, offset: offset, record: record, body: body.byteCount > 0 ? body : nil)
    }

    private func fault(of record: TraceRecord, _ body: TraceReader.BodyPlace) -> String? {
        switch record.content {
        case .header: return number == 0 && body.byteCount == 0 ? nil : "is a second header"
        case .message(let message):
            guard number > 0 else { return "is not the header" }
            return body.byteCount == 0 || UInt64(body.byteCount) == message.bodyLength ? nil : "has a body of another length"
        case .decision, .note, .end: return number > 0 && body.byteCount == 0 ? nil : "has a body, or no header before it"
        }
    }

    private func stop(_ ending: TraceEnding) -> TraceReader.Entry? {
        self.ending = ending
        return nil
    }

    private func stop(at reason: String) -> TraceReader.Entry? {
        stop(.damaged(TraceFault(record: number, offset: offset, reason: reason)))
    }
}
