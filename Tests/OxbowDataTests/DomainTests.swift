import Foundation
import OxbowData
import Testing

@Suite struct DomainTests {
    private let place = Workplace()

    private func lay(_ domain: String, _ set: ImageSet, test: ImageSet? = nil, packed: Bool = true) throws {
        place.make(domain)
        let ending = packed ? ".gz" : ""
        let kind = set.channels == 1 ? "idx3" : "idx4"
        try set.imageArray.write("\(place.path)/\(domain)/images-\(kind)-ubyte\(ending)")
        try set.labelArray.write("\(place.path)/\(domain)/labels-idx1-ubyte\(ending)")
        guard let test else { return }
        try test.imageArray.write("\(place.path)/\(domain)/test-images-\(kind)-ubyte\(ending)")
        try test.labelArray.write("\(place.path)/\(domain)/test-labels-idx1-ubyte\(ending)")
    }

    @Test func sizesAndClassesFollowFromTheFiles() throws {
        try lay("odd", images(60, classes: 4, height: 12, width: 8), packed: false)
        let domain = try DataFolder(place.path).domain("odd")
        #expect((domain.height, domain.width, domain.channels, domain.classes) == (12, 8, 1, 4))
        #expect(domain.testOrigin == .heldOut)
    }

    @Test func coloursComeFromFourDimensions() throws {
        let set = images(30, channels: 3)
        try lay("colour", set, test: images(6, channels: 3))
        let domain = try DataFolder(place.path).domain("colour")
        #expect(domain.channels == 3)
        #expect(domain.train == set)
        #expect(domain.testOrigin == .files)
    }

    @Test func aTenthOfEachClassIsHeldOut() throws {
        let domain = try Domain(name: "x", holdingOutOf: images(150, classes: 3))
        #expect(domain.test.histogram(3) == [5, 5, 5])
        #expect(domain.train.histogram(3) == [45, 45, 45])
        let again = try Domain(name: "x", holdingOutOf: images(150, classes: 3))
        #expect(domain == again)
        #expect(domain.checksum == again.checksum)
        var seen: Set<[UInt8]> = []
        for part in [domain.train, domain.test] {
            for index in 0..<part.count { seen.insert(part.subset([index]).pixels + [part.labels[index]]) }
        }
        let all = images(150, classes: 3)
        #expect(seen == Set((0..<150).map { all.subset([$0]).pixels + [all.labels[$0]] }))
    }

    @Test func checksumsTellContentsApart() throws {
        let one = try Domain(name: "a", train: images(20), test: images(5), testOrigin: .files)
        let renamed = try Domain(name: "b", train: images(20), test: images(5), testOrigin: .files)
        let other = try Domain(name: "a", train: images(21), test: images(5), testOrigin: .files)
        #expect(one.checksum == renamed.checksum)
        #expect(one.checksum != other.checksum)
        #expect(one.checksum.count == 64)
    }

    @Test func labelsOutOfRangeAreRefused() throws {
        let train = images(20, classes: 3)
        let error = #expect(throws: DataError.self) {
            try Domain(name: "a", train: train, test: images(20, classes: 4), testOrigin: .files)
        }
        #expect(error?.code == .labelOutOfRange)
        let domain = try Domain(name: "a", train: train, test: images(5), testOrigin: .files)
        try domain.check(classes: 3)
        #expect(throws: DataError.self) { try domain.check(classes: 2) }
    }

    @Test func pairsMustBelongTogether() throws {
        try lay("count", images(20))
        try images(19).labelArray.write(place.path + "/count/labels-idx1-ubyte.gz")
        #expect(throws: DataError.self) { try DataFolder(place.path).domain("count") }
        let error = #expect(throws: DataError.self) { try Domain.read(place.path + "/count") }
        #expect(error?.code == .countMismatch)
        try FileManager.default.removeItem(atPath: place.path + "/count/labels-idx1-ubyte.gz")
        let alone = #expect(throws: DataError.self) { try Domain.read(place.path + "/count") }
        #expect(alone?.reason.contains("labels-idx1-ubyte") == true)
        try images(20).imageArray.write(place.path + "/count/labels-idx1-ubyte.gz")
        let magic = #expect(throws: DataError.self) { try Domain.read(place.path + "/count") }
        #expect(magic?.code == .wrongMagic)
    }

    @Test func testImagesOfAnotherSizeAreRefused() throws {
        try lay("sizes", images(20), test: images(5, height: 8))
        let error = #expect(throws: DataError.self) { try DataFolder(place.path).domain("sizes") }
        #expect(error?.code == .shapeMismatch)
    }

    @Test func foldersAreExplained() throws {
        let empty = #expect(throws: DataError.self) { try DataFolder(place.path).domainNames() }
        #expect(empty?.code == .noDomains)
        #expect(empty?.remedy == "Run ops/setup.sh, or name another data folder with --data.")
        #expect(throws: DataError.self) { try DataFolder(place.path + "/none").domainNames() }
        try lay("b", images(20))
        try lay("a", images(20))
        place.make("not-a-domain")
        #expect(try DataFolder(place.path).domainNames() == ["a", "b"])
        let unknown = #expect(throws: DataError.self) { try DataFolder(place.path).domain("c") }
        #expect(unknown?.reason.hasSuffix("holds a, b") == true)
        for name in ["", "..", ".", "a/../b", "/etc"] {
            let bad = #expect(throws: DataError.self) { try DataFolder(place.path).domain(name) }
            #expect(bad?.code == .badName)
        }
    }

    @Test func domainsOfOneRunAgreeInSize() throws {
        try lay("a", images(20))
        try lay("b", images(20, height: 8))
        let error = #expect(throws: DataError.self) { try DataFolder(place.path).domains(["a", "b"]) }
        #expect(error?.code == .shapeMismatch)
        #expect(try DataFolder(place.path).domains(["b"]).count == 1)
    }

    @Test func pixelsBecomeFloats() {
        let set = ImageSet(height: 1, width: 3, channels: 1, pixels: [0, 255, 51, 1, 2, 3], labels: [4, 9])
        var labels: [Int32] = []
        var floats = [Float](repeating: 0, count: 6)
        floats.withUnsafeMutableBufferPointer { set.fill([1, 0], images: $0, labels: &labels) }
        #expect(labels == [9, 4])
        #expect(Array(floats[3...]) == [-1, 1, -0.6])
        #expect(set.floats([0]) == [-1, 1, -0.6])
    }

    @Test func installedFashionMNISTIsRead() throws {
        let source = "/usr/share/datasets/fashion-mnist"
        guard FileManager.default.fileExists(atPath: source + "/t10k-images-idx3-ubyte.gz") else { return }
        let set = try ImageSet.read(
            images: source + "/t10k-images-idx3-ubyte.gz", labels: source + "/t10k-labels-idx1-ubyte.gz")
        #expect((set.count, set.height, set.width) == (10_000, 28, 28))
        #expect(set.histogram(10) == [Int](repeating: 1000, count: 10))
        #expect(Array(set.labels.prefix(5)) == [9, 2, 1, 1, 6])
    }
}
