import Foundation
import OxbowProtocol
import OxbowWire
import Testing

@testable import OxbowTrace

@Suite struct FormatTests {
    private let file = TraceFileSample()

    @Test func everyRecordComesBack() throws {
        try file.write(Sample.records)
        let reader = try TraceReader(file.path)
        #expect(reader.header == Sample.header && reader.ending == nil)
        let entries = Array(reader)
        #expect(entries.map(\.record) == Sample.records.map(\.0))
        #expect(entries.map(\.number) == Array(0..<7) && entries[0].offset == 16)
        #expect(reader.ending == .complete && !reader.isTorn)
        #expect(try reader.body(of: entries[2]) == Sample.body)
        #expect(try reader.body(of: entries[3]) == nil)
        #expect(entries[4].record.decision == .started(run: "mine"))
        #expect(entries[5].record.note == .ended(.finished))
        #expect(try entries[1].record.message?.control() == .heartbeat(busy: true, round: 1, step: 2))
    }

    @Test func theBytesAreFixed() throws {
        try file.write([Sample.records[0], Sample.records[2]])
        let text = file.bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        #expect(text == Self.golden)
    }

    @Test func hashesAreThoseOfXXH3() {
        // From the reference implementation, `xxhsum -H2`, of no bytes.
        #expect(TraceHash([]).bytes.prefix(4) == [0x99, 0xaa, 0x06, 0xd3])
    }

    @Test func aTornEndIsReadUpToTheLastWholeRecord() throws {
        try file.write(Sample.records)
        let whole = file.bytes
        let offsets = try TraceReader(file.path).map { Int($0.offset) } + [whole.count]
        for count in 0..<whole.count {
            try file.write(whole.prefix(count))
            let complete = offsets.dropFirst().count { $0 <= count }
            let (records, ending) = file.read()
            #expect(records == Sample.records.prefix(complete).map(\.0), "\(count) bytes")
            guard complete > 0 else { continue }
            let expected = offsets.contains(count) ? TraceEnding.unfinished : .torn(at: UInt64(offsets[complete]))
            #expect(ending == expected, "\(count) bytes")
        }
    }

    @Test func everyChangedByteIsFound() throws {
        try file.write(Sample.records)
        let whole = file.bytes
        let offsets = try TraceReader(file.path).map { Int($0.offset) } + [whole.count]
        for index in whole.indices {
            for change in [1, 0x80, 0xff] as [UInt8] {
                var bytes = whole
                bytes[index] ^= change
                try file.write(bytes)
                let (records, ending) = file.read()
                // Nothing from the changed record on is given out, and the file is said to be damaged, not torn.
                let record = offsets.lastIndex { $0 <= index } ?? 0
                #expect(records == Sample.records.prefix(index < 16 ? 0 : record).map(\.0), "byte \(index)")
                if record > 0, case .damaged(let fault)? = ending {
                    #expect(fault.record == record)
                } else {
                    #expect(record == 0, "byte \(index): \(String(describing: ending))")
                }
            }
        }
    }

    @Test func recordsCannotBeRemovedSwappedRepeatedOrAdded() throws {
        try file.write(Sample.records)
        let whole = file.bytes
        let offsets = try TraceReader(file.path).map { Int($0.offset) } + [whole.count]
        func part(_ index: Int) -> [UInt8] { Array(whole[offsets[index]..<offsets[index + 1]]) }
        let head = Array(whole.prefix(16))
        for order in [
            [0, 2, 3, 4, 5, 6], [0, 1, 3, 2, 4, 5, 6], [0, 1, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 6], [0, 1, 2, 3, 4, 5, 6, 6],
        ] {
            try file.write(head + order.flatMap(part))
            let ending = file.read().ending
            if case .damaged? = ending { continue }
            Issue.record("\(order): \(String(describing: ending))")
        }
    }

    @Test func hostileLengthsAreRefusedBeforeAnythingIsRead() throws {
        let chain = TraceChain(head: TraceFormat.head)
        for (message, body) in [(0, 0), (Int(UInt32.max), 0), (13 << 20, 0), (10, 1 + 1 << 30), (10, Int(UInt32.max))] {
            let lengths = TraceFormat.Lengths(message: message, body: body)
            try file.write(TraceFormat.head + lengths.bytes + TraceFormat.bytes(chain.check(ofLengths: lengths.bytes)))
            let error = #expect(throws: TraceError.self) { try TraceReader(file.path) }
            #expect(error?.code == .damaged && error?.description.contains("impossible lengths") == true)
        }
    }

    @Test func whatTheChainVouchesForMustStillBeARecord() throws {
        var odd = Sample.bulk(.received)
        odd.bodyLength = 4
        let wrong: [[(TraceRecord, [UInt8]?)]] = [
            [Sample.records[1]], [Sample.records[0], Sample.records[0]], Sample.records + [Sample.records[5]],
            [Sample.records[0], (TraceRecord(time_ns: 1, .message(odd)), Sample.body)],
            [Sample.records[0], (TraceRecord(time_ns: 1, .note("{}")), Sample.body)],
        ]
        for records in wrong {
            try file.write(records)
            let (read, ending) = file.read()
            #expect(read.count < records.count)
            if read.isEmpty { continue }
            guard case .damaged? = ending else {
                Issue.record("\(String(describing: ending))")
                continue
            }
        }
    }

    @Test func otherFilesAreRefusedWithASentence() throws {
        for (bytes, words) in [
            ([UInt8]("hello, this is text".utf8), "is not a trace"), ([], "is not a trace"),
            (Array(TraceFormat.head.prefix(8)) + [2, 0, 0, 0, 0, 0, 0, 0], "has format 2"),
            (TraceFormat.head, "ends before its header"),
        ] {
            try file.write(bytes)
            let error = #expect(throws: TraceError.self) { try TraceReader(file.path) }
            #expect(error?.code == .unreadable && error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        #expect(throws: TraceError.self) { try TraceReader("/nonexistent/run.oxtrace") }
        #expect(throws: TraceError.self) { try TraceReader("/tmp") }
    }

    @Test func noPrefixAndNoOverlongPartIsARecord() throws {
        for (record, _) in Sample.records {
            let bytes = try TraceCodec.encode(record)
            for count in 0..<bytes.count {
                #expect(throws: WireError.self) { try bytes.prefix(count).withUnsafeBytes { try TraceCodec.decode($0) } }
            }
        }
        var message = Sample.bulk(.received)
        message.bodyHash = [1]
        #expect(throws: WireError.self) { try TraceCodec.encode(TraceRecord(time_ns: 0, .message(message))) }
        message = Sample.control
        message.controlBody = []
        #expect(throws: WireError.self) { try TraceCodec.encode(TraceRecord(time_ns: 0, .message(message))) }
        let long = String(repeating: "x", count: WireLimits.traceTextBytes + 1)
        #expect(throws: WireError.self) { try TraceCodec.encode(TraceRecord(time_ns: 0, .note(long))) }
    }

    private static let golden =
        "4f5854524143450a01000000000000005500000000000000ff3037d31f5c8ec9080a12510a046d696e651205302e312e301a"
        + "066f6e65444e4e2204415658322a05322e362e333002380240014a0e0a026731120877696e6f6772616450075a0a726f756e"
        + "64733a20310a61000000000000f83f68012737fa7bc4cab31e3d8b436d2368ec654700000005000000139af0a8e7148d6808"
        + "1e1a430800100a1a04080010032a2308011105000000000000001a0408001003200128027a0c080110011800200128003003"
        + "30053a1013d8ee1d6dd32c9c244bd8eab1d14be3010203040516103da6dd1170566741694e2c5e9f0a"
}
