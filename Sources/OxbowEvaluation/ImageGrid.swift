/// Lays generated images out as one picture: a row for each class, a column for each sample.
public struct ImageGrid: Hashable, Sendable {
    public var rows: Int
    public var columns: Int
    /// Of one image.
    public var height: Int
    public var width: Int
    /// 1 is drawn grey, 3 as RGB.
    public var channels: Int
    /// Each pixel becomes a square of this side: 1, or 2 for small images.
    public var scale: Int
    /// Pixels of ground between images and around them.
    public var gap: Int

    public init(rows: Int, columns: Int, height: Int, width: Int, channels: Int = 1, scale: Int = 1, gap: Int = 2) {
        self.rows = rows
        self.columns = columns
        self.height = height
        self.width = width
        self.channels = channels
        self.scale = scale
        self.gap = gap
    }

    /// The ground's shade: neither ink nor paper of any of the data sets.
    public static let ground: UInt8 = 64

    /// Draws up to `rows * columns` images, row after row, each (height, width, channels) in [-1, 1], channels last.
    ///
    /// Places that are left over stay ground.
    /// Numbers outside [-1, 1] are clamped; those that are no numbers are drawn black.
    public func render(_ images: [Float]) -> Raster {
        let imageSize = height * width * channels
        precondition(
            rows > 0 && columns > 0 && scale > 0 && gap >= 0 && images.count <= rows * columns * imageSize
                && images.count.isMultiple(of: imageSize),
            "\(images.count) numbers are not \(rows) x \(columns) images of \(height) x \(width) x \(channels)")
        let fullWidth = columns * (width * scale + gap) + gap
        let fullHeight = rows * (height * scale + gap) + gap
        var pixels = [UInt8](repeating: Self.ground, count: fullWidth * fullHeight * channels)
        for image in 0..<(images.count / imageSize) {
            let top = gap + image / columns * (height * scale + gap)
            let left = gap + image % columns * (width * scale + gap)
            draw(images[(image * imageSize)..<((image + 1) * imageSize)], at: (top, left), fullWidth, &pixels)
        }
        return Raster(width: fullWidth, height: fullHeight, channels: channels, pixels: pixels)
    }

    private func draw(_ image: ArraySlice<Float>, at corner: (top: Int, left: Int), _ fullWidth: Int, _ pixels: inout [UInt8]) {
        for y in 0..<(height * scale) {
            for x in 0..<(width * scale) {
                let source = image.startIndex + (y / scale * width + x / scale) * channels
                let target = ((corner.top + y) * fullWidth + corner.left + x) * channels
                for channel in 0..<channels { pixels[target + channel] = shade(image[source + channel]) }
            }
        }
    }
}

/// -1 ... 1 to 0 ... 255, rounded to nearest.
func shade(_ value: Float) -> UInt8 {
    guard value > -1 else { return 0 }
    return value >= 1 ? 255 : UInt8(((value + 1) * 127.5).rounded())
}
