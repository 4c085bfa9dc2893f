extension Domain {
    /// Height x width x channels, for people.
    public var form: String { "\(height) x \(width) x \(channels)" }

    /// The domain in numbers; `bytes` is what its files take on disk.
    public func info(bytes: Int) -> DomainInfo {
        DomainInfo(
            name: name, height: height, width: width, channels: channels, classes: classes, train: train.count,
            test: test.count, testOrigin: testOrigin, trainPerClass: train.histogram(classes),
            testPerClass: test.histogram(classes), bytes: bytes, checksum: checksum)
    }
}

extension ImageSet {
    /// How many images each class has.
    public func histogram(_ classes: Int) -> [Int] {
        labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int($1)] += 1 }
    }
}

/// A domain in numbers.
public struct DomainInfo: Codable, Hashable, Sendable {
    public var name: String
    public var height: Int
    public var width: Int
    public var channels: Int
    public var classes: Int
    public var train: Int
    public var test: Int
    public var testOrigin: Domain.TestOrigin
    public var trainPerClass: [Int]
    public var testPerClass: [Int]
    /// Of its files on disk, packed or not.
    public var bytes: Int
    /// SHA-256 of the content, in hex.
    public var checksum: String

    enum CodingKeys: String, CodingKey {
        case name, height, width, channels, classes, train, test, bytes, checksum
        case testOrigin = "test_origin"
        case trainPerClass = "train_per_class"
        case testPerClass = "test_per_class"
    }

    /// Height x width x channels, for people.
    public var form: String { "\(height) x \(width) x \(channels)" }

    /// What a person should know before training on it.
    public var warnings: [String] {
        [(trainPerClass, "training"), (testPerClass, "test")].compactMap { counts, part in
            let empty = counts.indices.filter { counts[$0] == 0 }
            if empty.isEmpty { return nil }
            let names = empty.prefix(10).map(String.init).joined(separator: ", ") + (empty.count > 10 ? ", ..." : "")
            return "\(name) has no \(part) images of class \(names)"
        }
    }
}
