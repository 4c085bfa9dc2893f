import OxbowData

/// What a judge looks at: the size of its images, channels last, and how many classes it tells apart.
public struct ImageForm: Hashable, Sendable, CustomStringConvertible {
    public let height: Int
    public let width: Int
    public let channels: Int
    public let classes: Int

    public init(height: Int, width: Int, channels: Int, classes: Int) {
        self.height = height
        self.width = width
        self.channels = channels
        self.classes = classes
    }

    public init(_ domain: Domain) {
        self.init(height: domain.height, width: domain.width, channels: domain.channels, classes: domain.classes)
    }

    /// Numbers of one image.
    public var imageSize: Int { height * width * channels }
    /// As in the metadata of generator files: height x width x channels.
    public var image: String { "\(height)x\(width)x\(channels)" }
    public var description: String { "\(image) with \(classes) classes" }
}
