import CPNG

/// An 8-bit picture: grey (1 channel) or RGB (3), row by row, channels last.
public struct Raster: Hashable, Sendable {
    public let width: Int
    public let height: Int
    public let channels: Int
    public let pixels: [UInt8]

    /// Our own bug if `pixels` do not fill the picture.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
        precondition(
            width > 0 && height > 0 && pixels.count == width * height * channels,
            "\(pixels.count) bytes do not fill \(width) x \(height) x \(channels)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }
}

/// What libpng says when it refuses a picture.
public struct PNGError: Error, Hashable, Sendable, CustomStringConvertible {
    public let verb: String
    public let reason: String

    public var description: String {
        "Unable to \(verb) 'picture': \(reason). Use a PNG file, or fewer or smaller images."
    }
}

/// PNG files in memory.
public enum PNG {
    /// The file of a picture; equal pictures give equal bytes for one version of libpng and zlib.
    public static func encode(_ picture: Raster) throws(PNGError) -> [UInt8] {
        var size = 0
        try encode(picture, nil, &size)
        var file = [UInt8](repeating: 0, count: size)
        try encode(picture, &file, &size)
        return Array(file.prefix(size))
    }

    /// The picture of a file; other forms than 8-bit grey and RGB are converted.
    public static func decode(_ file: [UInt8]) throws(PNGError) -> Raster {
        var (width, height, colour): (UInt32, UInt32, Int32) = (0, 0, 0)
        try decode(file, &width, &height, &colour, nil)
        let channels = colour == 0 ? 1 : 3
        // Checked before memory is taken: a header may claim anything.
        guard Int(width) * Int(height) <= pixelLimit else {
            throw PNGError(verb: "read", reason: "it claims \(width) x \(height) pixels")
        }
        var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
        try decode(file, &width, &height, &colour, &pixels)
        return Raster(width: Int(width), height: Int(height), channels: channels, pixels: pixels)
    }

    private static let pixelLimit = 1 << 28

    private static func encode(_ picture: Raster, _ target: UnsafeMutableRawPointer?, _ size: inout Int) throws(PNGError) {
        let (width, height) = (UInt32(picture.width), UInt32(picture.height))
        var message = [CChar](repeating: 0, count: Int(oxbow_png_message_bytes))
        let done = oxbow_png_encode(
            picture.pixels, width, height, picture.channels == 3 ? 1 : 0, target, &size, &message)
        guard done != 0 else { throw PNGError(verb: "write", reason: text(message)) }
    }

    private static func decode(
        _ file: [UInt8], _ width: inout UInt32, _ height: inout UInt32, _ colour: inout Int32,
        _ pixels: UnsafeMutablePointer<UInt8>?
    ) throws(PNGError) {
        var message = [CChar](repeating: 0, count: Int(oxbow_png_message_bytes))
        let done = oxbow_png_decode(file, file.count, &width, &height, &colour, pixels, &message)
        guard done != 0 else { throw PNGError(verb: "read", reason: text(message)) }
    }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
