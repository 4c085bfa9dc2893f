/// Labelled images of one size, as bytes.
public struct ImageSet: Hashable, Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    /// Image by image, channels last: (count, height, width, channels).
    public let pixels: [UInt8]
    /// One for each image, counting from 0.
    public let labels: [UInt8]

    /// Our own bug if pixels and labels do not belong together.
    public init(height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [UInt8]) {
        precondition(
            pixels.count == labels.count * height * width * channels,
            "\(pixels.count) pixels are not \(labels.count) images of \(height) x \(width) x \(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.labels = labels
    }

    public var count: Int { labels.count }

    /// Numbers of one image.
    public var imageSize: Int { height * width * channels }

    /// The images at `indices`, in their order.
    public func subset(_ indices: [Int]) -> ImageSet {
        var chosen: [UInt8] = []
        chosen.reserveCapacity(indices.count * imageSize)
        for index in indices { chosen.append(contentsOf: pixels[(index * imageSize)..<((index + 1) * imageSize)]) }
        return ImageSet(
            height: height, width: width, channels: channels, pixels: chosen, labels: indices.map { labels[$0] })
    }

    /// Fills `images` with the images at `indices` as floats in [-1, 1], channels last, and `labels` with theirs.
    ///
    /// `images` must hold exactly `indices.count * imageSize` numbers.
    public func fill(_ indices: [Int], images: UnsafeMutableBufferPointer<Float>, labels: inout [Int32]) {
        precondition(
            images.count == indices.count * imageSize,
            "\(images.count) numbers do not hold \(indices.count) images of \(imageSize)")
        labels = indices.map { Int32(self.labels[$0]) }
        pixels.withUnsafeBufferPointer { source in
            var target = 0
            for index in indices {
                for position in (index * imageSize)..<((index + 1) * imageSize) {
                    images[target] = normalized(source[position])
                    target += 1
                }
            }
        }
    }

    /// The images at `indices` as floats in [-1, 1], channels last.
    public func floats(_ indices: [Int]) -> [Float] {
        var unused: [Int32] = []
        return [Float](unsafeUninitializedCapacity: indices.count * imageSize) { buffer, count in
            count = indices.count * imageSize
            fill(indices, images: UnsafeMutableBufferPointer(rebasing: buffer[..<count]), labels: &unused)
        }
    }
}

/// 0 ... 255 to -1 ... 1.
@inline(__always)
private func normalized(_ pixel: UInt8) -> Float { Float(pixel) / 127.5 - 1 }
