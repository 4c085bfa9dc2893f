/// The numbers from which a `ModelDescription` is built; they travel in the plan.
public struct ModelParameters: Codable, Hashable, Sendable {
    /// Every hidden channel count of the paper's table is multiplied by this.
    public var width: Double
    public var imageHeight: Int
    public var imageWidth: Int
    public var imageChannels: Int
    public var classes: Int
    /// Length of the noise vector.
    public var noise: Int

    public init(
        width: Double = 1, imageHeight: Int = 28, imageWidth: Int = 28, imageChannels: Int = 1,
        classes: Int = 10, noise: Int = 100
    ) {
        self.width = width
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.imageChannels = imageChannels
        self.classes = classes
        self.noise = noise
    }
}
