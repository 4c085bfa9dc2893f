import Foundation
import OxbowData
import Testing

/// `oxbow data info` through the executable.
@Suite struct DataInfoTests {
    private func info(_ arguments: [String]) throws -> Oxbow.Result { try Oxbow.run(["data", "info"] + arguments) }

    @Test func aFolderIsDescribed() throws {
        let data = try SyntheticData(domains: ["bars", "beams"])
        let result = try info([data.path])
        #expect(result.code == 0, "\(result.errors)")
        let checksum = try DataFolder(data.path).domain("bars").checksum
        for words in [
            "bars: 108 training and 12 test images (a seeded tenth of each class, kept from training), 16 x 16 x 1, 4 classes, "
                + "30.9 kB on disk",
            "checksum \(checksum)", "images a class: 27 to 27 training and 3 to 3 test", "training     27    27    27    27",
            "beams:",
        ] { #expect(result.output.contains(words), "\(result.output)") }
        #expect(!result.output.contains("warning"))
        let json = try info([data.path, "--format", "json"])
        let folder = try JSONDecoder().decode(FolderInfo.self, from: Data(json.output.utf8))
        #expect(folder.domains == [try DataFolder(data.path).info("bars"), try DataFolder(data.path).info("beams")])
        #expect(folder.unusable == [] && folder.warnings == [])
    }

    @Test func aBadDomainDoesNotHideTheOthers() throws {
        let data = try SyntheticData(domains: ["bars", "beams", "rods"])
        try Data([0, 0, 8]).write(to: data.file("beams/labels-idx1-ubyte"))
        let one = try info([data.path])
        #expect(one.code == 3)
        #expect(one.output.contains("bars: 108") && one.output.contains("rods: 108"))
        #expect(one.output.contains("beams: UNUSABLE. Unable to read"))
        #expect(one.sentence.contains("beams/labels-idx1-ubyte"))
        try FileManager.default.removeItem(at: data.file("rods/images-idx3-ubyte"))
        let two = try info([data.path, "--format", "json"])
        #expect(two.code == 3)
        #expect(two.sentence.contains("2 of its domains are unusable (beams, rods)"), "\(two.errors)")
        let folder = try JSONDecoder().decode(FolderInfo.self, from: Data(two.output.utf8))
        #expect(folder.domains.map(\.name) == ["bars"])
        #expect(folder.unusable.map(\.name) == ["beams", "rods"])
    }

    @Test func whatCannotBeTrainedIsSaid() throws {
        let data = try SyntheticData(domains: ["bars"])
        let other = try SyntheticData(domains: ["beams"], side: 15, classes: 3)
        try FileManager.default.moveItem(at: other.file("beams"), to: data.file("beams"))
        try IDXArray(dimensions: [120], bytes: (0..<120).map { $0 % 2 == 0 ? 0 : 3 }).write(data.path + "/bars/labels-idx1-ubyte")
        let result = try info([data.path])
        #expect(result.code == 0, "\(result.errors)")
        for words in [
            "warning: bars has no training images of class 1, 2", "warning: bars has no test images of class 1, 2",
            "warning: images are 16 x 16 x 1 (bars) and 15 x 15 x 1 (beams): train only domains of one form together",
            "warning: beams is 15 x 15 x 1.", "multiple of 4",
        ] { #expect(result.output.contains(words), "\(words) in \(result.output)") }
    }

    @Test func aFolderWithoutADomainIsExplained() throws {
        let empty = try TemporaryFolder()
        let result = try info([empty.path])
        #expect(result.code == 3)
        #expect(result.sentence.contains("it holds no domain") && result.sentence.contains("ops/setup.sh"))
        #expect(try info([empty.path + "/none"]).code == 3)
        let data = try SyntheticData()
        let inside = try info([data.path + "/bars"])
        #expect(inside.code == 3)
        #expect(inside.sentence.contains("it is a domain itself. Name the folder above it"), "\(inside.errors)")
    }

    @Test func helpNamesTheSubcommands() throws {
        let help = try Oxbow.run(["data", "--help"])
        #expect(help.code == 0)
        for words in ["info", "fetch", "Example: oxbow data fetch kmnist"] { #expect(help.output.contains(words)) }
    }
}
