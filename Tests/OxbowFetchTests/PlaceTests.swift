import Foundation
import OxbowTestSupport
import Testing

@testable import OxbowFetch

/// Folders and parts that are not as they should be.
@Suite struct PlaceTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try Data([1]).write(to: URL(fileURLWithPath: sample.data + "/sample"))
        let error = #expect(throws: FetchError.self) { try sample.fetch(from: sample.server { _, _ in nil }) }
        #expect(error?.code == .unwritable)
        #expect(error?.subject == sample.folder)
    }

    @Test func aPartThatIsAFolderOrALinkIsRefused() throws {
        let server = sample.server { _, _ in nil }
        try FileManager.default.createDirectory(atPath: sample.part, withIntermediateDirectories: true)
        #expect(throws: FetchError.self) { try sample.fetch(from: server) }
        try FileManager.default.removeItem(atPath: sample.part)
        let other = sample.data + "/other"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: other))
        try FileManager.default.createDirectory(atPath: sample.folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: sample.part, withDestinationPath: other)
        #expect(throws: FetchError.self) { try sample.fetch(from: server) }
        #expect(sample.bytes(other) == [1, 2, 3])
    }

    @Test func oneProcessAtATimeHoldsAPart() throws {
        try FileManager.default.createDirectory(atPath: sample.folder, withIntermediateDirectories: true)
        let held = try PartFile(for: "\(sample.folder)/\(sample.first.local)")
        let error = #expect(throws: FetchError.self) { try sample.fetch(from: sample.server { _, _ in nil }) }
        #expect(error?.code == .busy)
        withExtendedLifetime(held) {}
    }

    @Test func aFullDiskIsSaid() {
        #expect(
            FetchError.unwritable("/x", ENOSPC).description == """
                Unable to fetch '/x': the disk is full. Free some space or name another data folder with --data; what has come \
                is kept.
                """)
    }

    @Test func pausesGrowAndAreBounded() {
        let patience = Patience()
        #expect((1...8).map { patience.pause(after: $0).components.seconds } == [1, 2, 4, 8, 16, 30, 30, 30])
    }

    @Test func headsAreReadLineByLine() {
        var head = ResponseHead()
        for line in ["HTTP/1.1 302 Found\r\n", "Content-Length: 7\r\n", "\r\n", "HTTP/1.1 206 Partial\r\n"] { head.take(line) }
        #expect((head.status, head.length_bytes, head.endsItself) == (206, nil, false))
        head.take("content-RANGE:  bytes   12-19/20 \r\n")
        head.take("Transfer-Encoding: gzip, Chunked\r\n")
        #expect((head.rangeStart, head.endsItself) == (12, true))
    }
}
