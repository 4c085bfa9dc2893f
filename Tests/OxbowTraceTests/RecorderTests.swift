import Foundation
import OxbowProtocol
import OxbowWire
import Testing

@testable import OxbowTrace

private final class Bytes: TracedBody {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    var byteCount: Int { bytes.count }
    func withTracedBytes(_ body: (UnsafeRawBufferPointer) -> Void) { bytes.withUnsafeBytes { body($0) } }
}

@Suite struct RecorderTests {
    private let file = TraceFileSample()

    /// A body that comes and goes on.
    private func pass(_ body: Bytes, _ recorder: TraceRecorder) {
        let digest = BodyDigest()
        let envelope = Envelope(sender: .edge(3), content: .bulk(Sample.key))
        recorder.add(
            TracedMessage(
                time_ns: 1, .received, connection: 1, member: .edge(3), envelope: envelope, body: .received(body, digest)))
        recorder.add(
            TracedMessage(
                time_ns: 2, .sent, connection: 2, member: .core(), envelope: envelope,
                body: .passedOn(byteCount: body.byteCount, digest, received_ns: 1)))
    }

    private func header(full: Bool) -> TraceHeader {
        var header = Sample.header
        header.holdsBodies = full
        return header
    }

    @Test(arguments: [false, true]) func bodiesAreHashedOnceAndKeptOnDemand(full: Bool) throws {
        let recorder = try TraceRecorder(file.path, header(full: full), time_ns: 0)
        pass(Bytes(Sample.body), recorder)
        recorder.add(JournalRecord.started(run: "mine"), time_ns: 3)
        recorder.add(Sample.records[6].0)
        recorder.finish()
        let reader = try TraceReader(file.path)
        let entries = Array(reader)
        #expect(reader.ending == .complete && entries.count == 5 && recorder.error == nil)
        #expect(entries[1].record.message?.bodyHash == TraceHash(Sample.body).bytes)
        #expect(entries[2].record.message?.bodyHash == TraceHash(Sample.body).bytes)
        #expect(entries[2].record.message?.received_ns == 1)
        #expect(try reader.body(of: entries[1]) == (full ? Sample.body : nil))
        #expect(entries[2].body == nil)
    }

    /// As a process finds the file that is killed right afterwards.
    @Test func whatWasToldIsInTheFileOnceItIsFlushed() throws {
        let recorder = try TraceRecorder(file.path, header(full: false), time_ns: 0)
        recorder.flush()
        for index in 1...20 {
            for _ in 0..<index { recorder.add(TraceRecord(time_ns: UInt64(index), .note("{}"))) }
            recorder.flush()
            let reader = try TraceReader(file.path)
            #expect(reader.count { _ in true } == 1 + index * (index + 1) / 2)
            #expect(reader.ending == .unfinished)
        }
        recorder.finish()
        recorder.flush()
    }

    @Test func whoTellsMoreThanTheQueueHoldsWaitsAndNothingIsLost() throws {
        let recorder = try TraceRecorder(file.path, header(full: false), time_ns: 0)
        let body = Bytes([UInt8](repeating: 7, count: 1 << 20))
        let count = 3 * TraceRecorder.mostItems
        for _ in 0..<100 { pass(body, recorder) }
        for index in 0..<count { recorder.add(TraceRecord(time_ns: UInt64(index), .note("{}"))) }
        // More than may be held, alone.
        pass(Bytes([UInt8](repeating: 7, count: TraceRecorder.mostHeldBytes + 1)), recorder)
        recorder.finish()
        #expect(file.read().records.count == 1 + 200 + count + 2)
    }

    /// Of a run that goes on for years: what is there is whole, and can be read.
    @Test func aTraceThatIsAsLongAsItMayBeEnds() throws {
        let recorder = try TraceRecorder(file.path, header(full: true), time_ns: 0, limit: 1 << 20)
        // Bodies of a size that leaves records half written at any time.
        for index in 0..<100 {
            pass(Bytes([UInt8](repeating: 7, count: 100_001)), recorder)
            if index == 50 { recorder.flush() }
        }
        recorder.finish()
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        #expect((1 << 20..<(1 << 20) + 110_000).contains(size), "\(size)")
        #expect(recorder.error?.description.contains("1 MiB, the most that a trace may have") == true)
        let reader = try TraceReader(file.path)
        #expect(reader.count { _ in true } > 10 && reader.ending == .unfinished)
    }

    @Test func aFullDiskEndsRecordingAndHoldsNobodyUp() throws {
        guard let recorder = try? TraceRecorder("/dev/full", header(full: false), time_ns: 0) else {
            return  // refused at once, which is as good
        }
        for _ in 0..<3 * TraceRecorder.mostItems { recorder.add(TraceRecord(time_ns: 0, .note("{}"))) }
        recorder.finish()
        #expect(recorder.error?.code == .unwritable)
    }
}
