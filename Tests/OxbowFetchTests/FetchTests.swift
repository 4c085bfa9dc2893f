import Foundation
import OxbowData
import OxbowFetch
import OxbowTestSupport
import Testing

/// A fetch against servers that do what they should.
@Suite struct FetchTests {
    private let sample: Sample

    init() throws { sample = try Sample() }

    @Test func filesLandVerifiedAndAreRead() throws {
        let server = sample.server { _, _ in nil }
        #expect(try sample.fetch(from: server) == sample.dataSet.files)
        #expect(sample.left == sample.all)
        #expect(server.requests.map(\.file) == sample.dataSet.files.map(\.published))
        let domain = try DataFolder(sample.data).domain("sample")
        #expect((domain.train.count, domain.test.count, domain.classes, domain.testOrigin) == (400, 50, 10, .files))
        #expect(sample.events == (0..<4).flatMap { _ in ["began", "verified"] })
    }

    @Test func whatIsThereAndIntactIsNotAskedFor() throws {
        let server = sample.server { _, _ in nil }
        try sample.fetch(from: server)
        #expect(try sample.fetch(from: server) == [])
        #expect(server.requests.count == 4)
        try FileManager.default.removeItem(atPath: "\(sample.folder)/labels-idx1-ubyte.gz")
        #expect(try sample.fetch(from: server).map(\.local) == ["labels-idx1-ubyte.gz"])
        #expect(server.requests.count == 5)
    }

    @Test func aPartOfAnEarlierFetchIsGoneOnWith() throws {
        try sample.lay(Array(sample.firstContent.prefix(1000)), "images-idx3-ubyte.gz.part")
        let server = sample.server { _, _ in nil }
        try sample.fetch(from: server)
        #expect(server.requests[0].start == 1000)
        #expect(sample.left == sample.all)
    }

    @Test func aWholePartIsOnlyVerified() throws {
        try sample.lay(sample.firstContent, "images-idx3-ubyte.gz.part")
        let server = sample.server { _, _ in nil }
        try sample.fetch(from: server)
        #expect(!server.requests.map(\.file).contains(sample.first.published))
        #expect(sample.left == sample.all)
    }

    @Test func aPartThatIsTooLongBeginsAnew() throws {
        try sample.lay(sample.firstContent + [0], "images-idx3-ubyte.gz.part")
        let server = sample.server { _, _ in nil }
        try sample.fetch(from: server)
        #expect(server.requests[0].start == nil)
    }

    @Test func otherFilesAreReplacedOnlyWhenSaid() throws {
        let server = sample.server { _, _ in nil }
        for name in ["images-idx3-ubyte.gz", "labels-idx1-ubyte"] {
            try sample.lay([1, 2, 3], name)
            let error = #expect(throws: FetchError.self) { try sample.fetch(from: server) }
            #expect(error?.code == .occupied)
            #expect(error?.remedy.contains("--replace") == true)
            #expect(server.requests.isEmpty)
            #expect(sample.bytes("\(sample.folder)/\(name)") == [1, 2, 3])
            try FileManager.default.removeItem(atPath: "\(sample.folder)/\(name)")
        }
        try sample.lay([1, 2, 3], "images-idx3-ubyte.gz")
        try sample.lay([1, 2, 3], "labels-idx1-ubyte")
        try sample.fetch(from: server, replaces: true)
        #expect(sample.left == sample.all)
    }

    @Test func redirectsAreFollowed() throws {
        let target = sample.server { _, _ in nil }
        let server = LoopbackServer { request, _ in
            .init("302 Found", ["Location: \(target.address)/\(request.file)", "Content-Length: 3"], body: [1, 2, 3])
        }
        try sample.lay(Array(sample.firstContent.prefix(10)), "images-idx3-ubyte.gz.part")
        try sample.fetch(from: server)
        #expect(target.requests[0].start == 10)
        #expect(sample.left == sample.all)
    }

    @Test func packingForTheWayIsNotUndone() throws {
        let content = sample.firstContent
        let server = sample.server { _, _ in
            .init("200 OK", ["Content-Encoding: gzip", "Content-Length: \(content.count)"], body: content)
        }
        try sample.fetch(from: server)
        #expect(sample.left == sample.all)
    }

    @Test func theCatalogueIsWhole() throws {
        for dataSet in DataSet.catalogue {
            #expect(dataSet.files.map(\.local).sorted() == sample.all)
            #expect(dataSet.files.allSatisfy { $0.bytes > 1000 && $0.checksum.count == 64 })
            #expect(try DataSet.named(dataSet.name) == dataSet)
        }
        #expect(Set(DataSet.catalogue.flatMap(\.files).map(\.checksum)).count == 4 * DataSet.catalogue.count)
        let error = #expect(throws: FetchError.self) { try DataSet.named("imagenet") }
        #expect(error?.code == .unknownName)
        #expect(error?.remedy.contains("kmnist") == true)
    }
}
