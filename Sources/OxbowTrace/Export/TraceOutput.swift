/// A text file that is written piece by piece. Used by one thread at a time.
final class TraceOutput {
    private let file: TraceFile
    private var buffer: [UInt8] = []

    init(_ path: String) throws(TraceError) { file = try TraceFile(writing: path) }

    func write(_ text: String) throws(TraceError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= 1 << 18 { try flush() }
    }

    func flush() throws(TraceError) {
        try buffer.withUnsafeBufferPointer { bytes throws(TraceError) in try file.write(UnsafeRawBufferPointer(bytes)) }
        buffer.removeAll(keepingCapacity: true)
    }
}
