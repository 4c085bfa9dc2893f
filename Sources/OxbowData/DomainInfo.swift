extension Domain {
    /// Height x width x channels, for people.
    public var form: String { "\(height) x \(width) x \(channels)" }

    /// What `oxbow data info` says of the domain.
    public var info: DomainInfo {
        DomainInfo(
            name: name, height: height, width: width, channels: channels, classes: classes, train: train.count,
            test: test.count, testOrigin: testOrigin, trainPerClass: train.histogram(classes),
            testPerClass: test.histogram(classes), checksum: checksum)
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
    /// SHA-256 of the content, in hex.
    public var checksum: String

    enum CodingKeys: String, CodingKey {
        case name, height, width, channels, classes, train, test, checksum
        case testOrigin = "test_origin"
        case trainPerClass = "train_per_class"
        case testPerClass = "test_per_class"
    }
}
