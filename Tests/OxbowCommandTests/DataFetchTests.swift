import Foundation
import OxbowData
import OxbowFetch
import OxbowTestSupport
import Testing

/// `oxbow data fetch` through the executable.
@Suite struct DataFetchTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func arguments(_ name: String, _ mirror: String) -> [String] {
        ["data", "fetch", name, "--data", place.path, "--mirror", mirror]
    }

    private func fetch(_ name: String, _ mirror: String) throws -> Oxbow.Result { try Oxbow.run(arguments(name, mirror)) }

    @Test func usageIsExplained() throws {
        let unknown = try fetch("imagenet", "http://127.0.0.1:9")
        #expect(unknown.code == 2)
        #expect(unknown.sentence.contains("Name one of mnist, fashion_mnist, kmnist."), "\(unknown.errors)")
        let mirror = try fetch("mnist", "ftp://example.org")
        #expect(mirror.code == 2)
        #expect(mirror.sentence.contains("ftp://example.org"))
    }

    @Test func aWrongFileIsRefusedWithBothSums() throws {
        let server = LoopbackServer { _, _ in .whole([1, 2, 3]) }
        let result = try fetch("mnist", server.address)
        #expect(result.code == 3)
        #expect(result.sentence.contains("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81"), "\(result.errors)")
        #expect(result.sentence.contains(DataSet.catalogue[0].files[0].checksum))
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == [])
    }

    @Test func theServersFaultsHaveTheirExitCodes() throws {
        let missing = LoopbackServer { _, _ in .init("404 Not Found", ["Content-Length: 0"]) }
        let result = try fetch("kmnist", missing.address + "/")
        #expect(result.code == 5)
        #expect(result.sentence.contains("404 (not found)") && result.sentence.contains("--mirror"), "\(result.errors)")
        let closed = LoopbackServer { _, _ in .init("200 OK") }.address
        #expect(try fetch("kmnist", closed).code == 5)
        let long = LoopbackServer { _, _ in .init("200 OK", ["Content-Length: 9223372036854775807"], body: [1]) }
        #expect(try fetch("kmnist", long.address).code == 3)
    }

    @Test func aFolderThatCannotTakeItHasItsExitCode() throws {
        let file = try place.write("file", "x")
        let server = LoopbackServer { _, _ in .whole([1]) }
        let result = try Oxbow.run(["data", "fetch", "mnist", "--data", file, "--mirror", server.address])
        #expect(result.code == 7, "\(result.errors)")
        try FileManager.default.createDirectory(atPath: place.path + "/mnist", withIntermediateDirectories: true)
        _ = try place.write("mnist/labels-idx1-ubyte", "x")
        let occupied = try fetch("mnist", server.address)
        #expect(occupied.code == 7)
        #expect(occupied.sentence.contains("--replace"))
        #expect(server.requests.isEmpty)
    }

    @Test(.enabled(if: PublishedFashion.isInstalled))
    func fashionMNISTIsInterruptedGoneOnWithAndRead() throws {
        let files = try PublishedFashion.files()
        let server = LoopbackServer { request, number in
            let content = files[request.file] ?? []
            return number == 0 ? .broken(content, after: 1 << 20, holds: true) : .rest(content, request)
        }
        let first = try Oxbow.start(arguments("fashion_mnist", server.address))
        let part = place.path + "/fashion_mnist/images-idx3-ubyte.gz.part"
        #expect(first.wait { _ in size(part) == 1 << 20 })
        first.signal(SIGINT)
        let stopped = first.finish()
        #expect(stopped.code == 130)
        #expect(stopped.sentence.contains("what has come is kept"), "\(stopped.errors)")
        #expect(size(part) == 1 << 20)

        let second = try fetch("fashion_mnist", server.address)
        #expect(second.code == 0, "\(second.errors)")
        #expect(server.requests.count == 5)
        #expect(server.requests[1].start == 1 << 20)
        #expect(second.output.hasPrefix("fashion_mnist: 60000 training and 10000 test images, 28 x 28 x 1, 10 classes, 30.9 MB"))
        #expect(second.output.contains("4 of 4 files fetched"))

        let third = try Oxbow.run(arguments("fashion_mnist", server.address) + ["--format", "json"])
        #expect(third.code == 0 && third.errors.isEmpty)
        #expect(third.output.contains("\"fetched\" : false") && !third.output.contains("\"fetched\" : true"))
        #expect(server.requests.count == 5)
    }

    private func size(_ path: String) -> Int? {
        try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    }
}

/// Fashion-MNIST as its publisher packed it.
///
/// Debian's package dataset-fashion-mnist holds the same compressed streams under another gzip header, without name and
/// with another time; with the publisher's header they are the published files again, byte by byte.
private enum PublishedFashion {
    private static let folder = "/usr/share/datasets/fashion-mnist"

    static var isInstalled: Bool { FileManager.default.fileExists(atPath: folder + "/train-images-idx3-ubyte.gz") }

    /// By published name.
    static func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (published, _) in DataSet.names {
            let packed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(published)")))
            // 31 August 2017, 10:50 UTC: when the publisher packed the training files, and then the test files.
            let time: UInt32 = published.hasPrefix("train") ? 1_504_176_606 : 1_504_176_627
            // Magic, deflate, "a name follows"; the time, little-endian; no hints, Unix.
            let header = [0x1F, 0x8B, 8, 8] + withUnsafeBytes(of: time.littleEndian, Array.init) + [0, 3]
            files[published] = header + Array(published.dropLast(3).utf8) + [0] + packed.dropFirst(10)
        }
        return files
    }
}
