import Foundation
import OxbowFetch
import OxbowTestSupport
import Testing

/// A fetch against servers, folders and leftovers that do not do what they should.
@Suite struct FaultTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    /// The fetch is refused so, and no file of the data set has come into place.
    @discardableResult private func refused(
        _ code: FetchError.Code, from server: LoopbackServer, attempts: Int = 5, idle_seconds: Int = 10,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> FetchError? {
        let error = #expect(throws: FetchError.self, sourceLocation: sourceLocation) {
            try sample.fetch(from: server, idle_seconds: idle_seconds, attempts: attempts)
        }
        #expect(error?.code == code, "\(error?.description ?? "")", sourceLocation: sourceLocation)
        #expect(Set(sample.left).isDisjoint(with: sample.all), sourceLocation: sourceLocation)
        return error
    }

    @Test func aBrokenConnectionIsResumedAfterAPause() throws {
        let content = sample.firstContent
        let server = sample.server { _, number in number < 2 ? .broken(content, after: 1000 + number) : nil }
        try sample.fetch(from: server)
        #expect(sample.left == sample.all)
        // The second answer is a 200, so it begins anew.
        #expect(server.requests.prefix(3).map(\.start) == [nil, 1000, 1001])
        #expect(sample.pauses == [1, 2])
    }

    @Test func aBodyWithoutALengthThatEndsEarlyIsResumed() throws {
        let content = sample.firstContent
        let server = sample.server { _, number in number == 0 ? .init("200 OK", body: Array(content.prefix(77))) : nil }
        try sample.fetch(from: server)
        #expect(server.requests[1].start == 77)
        #expect(sample.left == sample.all)
    }

    @Test func aServerThatIgnoresRangesSendsAllOfIt() throws {
        try sample.lay([9, 9, 9], "images-idx3-ubyte.gz.part")
        let content = sample.firstContent
        let server = sample.server { _, _ in .whole(content) }
        try sample.fetch(from: server)
        #expect(sample.left == sample.all)
        #expect(sample.pauses == [])
    }

    @Test(arguments: ["bytes 4-9/10", "bytes */10", "pages 3-4/5", "bytes 99999999999999999999-/", "", "bytes -3/4"])
    func aRangeThatWasNotAskedForIsNotUsed(_ range: String) throws {
        try sample.lay(Array(sample.firstContent.prefix(3)), "images-idx3-ubyte.gz.part")
        let server = sample.server { request, _ in
            request.start == nil
                ? nil : .init("206 Partial Content", ["Content-Range: \(range)", "Content-Length: 1"], body: [7])
        }
        try sample.fetch(from: server)
        #expect(server.requests.prefix(2).map(\.start) == [3, nil])
        #expect(sample.events.contains("restarted"))
        #expect(sample.left == sample.all)
    }

    @Test func aRangeThatCannotBeServedBeginsAnew() throws {
        try sample.lay(Array(sample.firstContent.prefix(3)), "images-idx3-ubyte.gz.part")
        let server = sample.server { request, _ in
            request.start == nil ? nil : .init("416 Range Not Satisfiable", ["Content-Length: 2"], body: [1, 2])
        }
        try sample.fetch(from: server)
        #expect(sample.left == sample.all)
    }

    @Test func aChangedByteIsRefusedWithBothSums() throws {
        var content = sample.firstContent
        content[content.count / 2] ^= 1
        let server = sample.server { [content] _, _ in .whole(content) }
        let error = refused(.wrongChecksum, from: server)
        #expect(error?.reason.contains(Sample.sha256(content)) == true)
        #expect(error?.reason.contains(sample.first.checksum) == true)
        #expect(sample.left == [])
        #expect(server.requests.count == 1)
    }

    @Test func aShorterFileIsRefusedWithBothSums() throws {
        let server = sample.server { _, _ in .whole([1, 2, 3]) }
        #expect(refused(.wrongChecksum, from: server)?.reason.contains(Sample.sha256([1, 2, 3])) == true)
        let chunked = sample.server { _, _ in
            .init("200 OK", ["Transfer-Encoding: chunked"], body: Array("3\r\nabc\r\n0\r\n\r\n".utf8))
        }
        refused(.wrongChecksum, from: chunked)
        #expect(sample.left == [])
    }

    @Test func nothingIsTakenBeyondThePublishedSize() throws {
        let content = sample.firstContent
        refused(.tooLong, from: sample.server { _, _ in .whole(content + [0]) })
        refused(.tooLong, from: sample.server { _, _ in .init("200 OK", body: content + [UInt8](repeating: 0, count: 8 << 20)) })
        #expect(sample.left == [])
        try sample.lay(Array(content.prefix(5)), "images-idx3-ubyte.gz.part")
        refused(
            .tooLong,
            from: sample.server { _, _ in .init("206 Partial Content", ["Content-Range: bytes 5-/"], body: content) })
        #expect(sample.left == [])
    }

    @Test func aMissingFileIsSaidAtOnce() throws {
        let server = LoopbackServer { _, _ in .init("404 Not Found", ["Content-Length: 4"], body: [1, 2, 3, 4]) }
        #expect(refused(.status, from: server)?.reason == "the server answered 404 (not found)")
        #expect(server.requests.count == 1)
        #expect(!FileManager.default.fileExists(atPath: sample.folder))
    }

    @Test func aServerThatFailsIsAskedAgain() throws {
        let server = sample.server { _, number in number < 2 ? .init("500 Oh", ["Content-Length: 2"], body: [1, 2]) : nil }
        try sample.fetch(from: server)
        #expect(sample.pauses == [1, 2])
        #expect(sample.left == sample.all)
    }

    @Test func attemptsAreBounded() throws {
        let content = sample.firstContent
        let server = sample.server { request, _ in
            request.start == nil ? .broken(content, after: 500) : .init("503 Busy", ["Content-Length: 0"])
        }
        #expect(refused(.broken, from: server)?.reason == "the server answered 503, and 5 attempts were made")
        #expect(sample.pauses == [1, 2, 4, 8])
        // What came is kept for the next time.
        #expect(sample.bytes(sample.part) == Array(content.prefix(500)))
    }

    @Test func aSilentServerIsLeft() throws {
        let content = sample.firstContent
        let server = sample.server { _, number in number == 0 ? .broken(content, after: 500, holds: true) : nil }
        try sample.fetch(from: server, idle_seconds: 1)
        #expect(server.requests[1].start == 500)
    }

    @Test func anAddressWhereNobodyListensIsSaidAtOnce() throws {
        let closed = LoopbackServer { _, _ in .init("200 OK") }.address
        let error = #expect(throws: FetchError.self) { try sample.fetch(mirror: closed) }
        #expect(error?.code == .unreachable)
        #expect(sample.pauses == [])
        #expect(!FileManager.default.fileExists(atPath: sample.folder))
        for mirror in ["ftp://example.org", "example.org/mnist", "http://", "file:///etc", ""] {
            let bad = #expect(throws: FetchError.self) { try sample.fetch(mirror: mirror) }
            #expect(bad?.code == .badMirror, "\(mirror)")
        }
    }

    @Test func redirectsStayOnTheWeb() throws {
        refused(.status, from: LoopbackServer { _, _ in .init("302 Found", ["Location: file:///etc/passwd"]) })
        refused(.status, from: LoopbackServer { request, _ in .init("302 Found", ["Location: /\(request.file)"]) })
    }

    private static let heads = [
        "", "garbage", "HTTP/1.1\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 99999999999999999999 X\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest\r\n\r\n", "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/2\r\n\r\nab",
        "HTTP/1.1 204 Nothing\r\n\r\n", "HTTP/1.1 304 Same\r\n\r\n", "HTTP/1.1 302 Where\r\nLocation: \r\n\r\n",
        "HTTP/1.1 301 Where\r\nLocation: //\r\n\r\n", "HTTP/1.1 308 Where\r\nLocation: ?%zz\u{0}\r\n\r\n",
        "HTTP/1.0 200 OK\r\n: a\r\nb\r\n c: d\r\n\r\n", "HTTP/1.1 100 Go on\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
        "HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nxx", "HTTP/9.9 200 OK\r\n\r\nx",
    ]

    /// Whatever a server says as a head: an error or a file, never a trap.
    @Test(arguments: heads.indices) func noHeadTraps(_ number: Int) throws {
        let server = LoopbackServer { _, _ in .init(raw: Array(Self.heads[number].utf8)) }
        #expect(throws: FetchError.self, "\(Self.heads[number])") { try sample.fetch(from: server, attempts: 2) }
        #expect(Set(sample.left).isDisjoint(with: sample.all))
    }
}
