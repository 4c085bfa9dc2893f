import Crypto

/// One labelled data set: the images to train on and those kept for testing.
public struct Domain: Hashable, Sendable {
    /// Where the test images come from.
    public enum TestOrigin: String, Codable, Hashable, Sendable {
        /// A test pair in the folder.
        case files
        /// A tenth of each class of the training files, kept apart.
        case heldOut = "held-out"
    }

    public let name: String
    public let train: ImageSet
    public let test: ImageSet
    public let testOrigin: TestOrigin
    /// Labels are 0 ..< classes: one more than the greatest training label.
    public let classes: Int

    public var height: Int { train.height }
    public var width: Int { train.width }
    public var channels: Int { train.channels }

    /// A domain of `all` images, of which a tenth of each class is kept for testing.
    public init(name: String, holdingOutOf all: ImageSet) throws(DataError) {
        let split = HeldOut.split(all.labels)
        try self.init(name: name, train: all.subset(split.train), test: all.subset(split.test), testOrigin: .heldOut)
    }

    public init(name: String, train: ImageSet, test: ImageSet, testOrigin: TestOrigin) throws(DataError) {
        guard let greatest = train.labels.max(), test.count > 0 else {
            let remedy = "Give it images of every class in both."
            throw DataError(.tooFewImages, "use", name, "it has no images to train on or none to test on", remedy)
        }
        guard (train.height, train.width, train.channels) == (test.height, test.width, test.channels) else {
            let remedy = "Use a test pair of the same size and channels."
            throw DataError(.shapeMismatch, "use", name, "its test images have another size than its training images", remedy)
        }
        if let label = test.labels.first(where: { $0 > greatest }) {
            let reason = "test label \(label) is out of range: training labels are 0 to \(greatest)"
            throw DataError(.labelOutOfRange, "use", name, reason, "Use a test pair of the same classes.")
        }
        self.name = name
        self.train = train
        self.test = test
        self.testOrigin = testOrigin
        self.classes = Int(greatest) + 1
    }

    /// Refuses a domain with labels that a model of `classes` classes cannot take.
    public func check(classes limit: Int) throws(DataError) {
        guard classes <= limit else {
            let reason = "label \(classes - 1) is out of range for \(limit) classes"
            let remedy = "Train a model with at least \(classes) classes, or correct the labels."
            throw DataError(.labelOutOfRange, "use", name, reason, remedy)
        }
    }

    /// SHA-256 over sizes, pixels and labels, in hex: the key under which what was learnt from the domain is cached.
    public var checksum: String {
        var hash = SHA256()
        for (part, images) in [("train", train), ("test", test)] {
            hash.update(data: Array("\(part) \(images.count) \(height) \(width) \(channels) \(classes)\n".utf8))
            hash.update(data: images.pixels)
            hash.update(data: images.labels)
        }
        return hash.finalize().map(hexadecimal).joined()
    }
}
