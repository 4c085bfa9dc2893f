import Testing

@testable import OxbowReport

@Suite struct EventTests {
    /// RFC 3720, appendix B.4, and the usual check value.
    @Test func knownChecksums() {
        #expect(CRC32C.of("123456789".utf8) == 0xE306_9283)
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.of((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CRC32C.of((0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
        #expect(CRC32C.of([UInt8]()) == 0)
    }

    private func bytes(_ text: String) -> [UInt8] { text.split(separator: " ").compactMap { UInt8($0, radix: 16) } }

    /// The bytes that TensorBoard's own writer makes of the same events.
    @Test func aFileIsWhatTensorBoardWrites() {
        var file = EventFile(wallTime: 1.5)
        file.add(step: 300, wallTime: 2.5, [.number("loss/g", 0.25)])
        let golden = bytes(
            """
            18 00 00 00 00 00 00 00 a3 7f 4b 22 09 00 00 00 00 00 00 f8 3f 1a 0d 62 72 61 69 6e 2e 45 76 65 6e 74 3a 32 \
            2a 28 64 6c 1d 00 00 00 00 00 00 00 60 2f df 23 09 00 00 00 00 00 00 04 40 10 ac 02 2a 0f 0a 0d 0a 06 6c 6f \
            73 73 2f 67 15 00 00 80 3e ca 4a 2d 6c
            """)
        #expect(file.bytes == golden)
        file.add(step: 1, wallTime: 0, [])
        #expect(file.bytes == golden)
    }

    @Test func aPictureIsWhatTensorBoardWrites() throws {
        let png = bytes("89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52 00 00 01 2c 00 00 00 02 08 02 00 00 00")
        let picture = try #require(GridPicture(.init(round: 1, domain: "i", file: "", classes: 1), png: png))
        #expect(picture.width == 300 && picture.height == 2 && picture.channels == 3)
        var file = EventFile(wallTime: 0)
        let start = file.bytes.count
        file.add(step: 1, wallTime: 2.5, [.picture("i", picture)])
        let golden = bytes(
            """
            3a 00 00 00 00 00 00 00 12 95 ea e2 09 00 00 00 00 00 00 04 40 10 01 2a 2d 0a 2b 0a 01 69 22 26 08 02 10 ac \
            02 18 03 22 1d 89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52 00 00 01 2c 00 00 00 02 08 02 00 00 00 24 cd \
            77 d6
            """)
        #expect(Array(file.bytes[start...]) == golden)
        #expect(GridPicture(picture.facts, png: [1, 2, 3]) == nil)
    }

    @Test func everyRoundHasItsTags() throws {
        let report = try Samples.report(rounds: 2)
        let text = String(decoding: report.events(try Samples.pictures(report, side: 4)), as: UTF8.self)
        for tag in [
            "loss/d_real", "seconds/wait", "bytes/up", "samples_per_second", "divergence/worker-3", "weight/worker-0",
            "score/mnist/image_score", "score/mnist/fid", "images/fashion_mnist",
        ] { #expect(text.components(separatedBy: tag).count == 3, "\(tag)") }
        #expect(text.contains("images/cluster-1") && text.contains("classification/mnist/accuracy"))
        #expect(report.eventFileName == "events.out.tfevents.1795412208.oxbow")
    }
}
