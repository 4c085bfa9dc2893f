import ArgumentParser
import Foundation
import OxbowEvaluation
import OxbowKernels
import OxbowModel
import OxbowSafetensors

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Draws images with a saved generator.",
        discussion: """
            The same seed gives the same images; labels follow one another unless one is asked for.
            Example: oxbow generate --generator runs/mine/generator-0.safetensors --count 100 --seed 1 --out images.png
            """)

    @Option(help: "A generator-<cluster>.safetensors that a run wrote.", completion: .safetensors)
    var generator: String

    @Option(help: "How many images.") var count: Int

    @Option(help: "The seed of the images.") var seed: UInt64 = 1

    @Option(help: "The picture with all images side by side, a PNG file.", completion: .file()) var out: String

    @Option(help: "The label of all images.") var label: Int?

    @Option(
        help:
            "A file for the images as tensors: images (N x C x H x W float32 in [-1, 1]), labels (int32), noise (N x z float32).",
        completion: .file())
    var tensors: String?

    @Option(help: "text or json: how the written files are told.") var format = OutputFormat.text

    func run() throws {
        try checkNumber("--count", count, in: 1...100_000)
        try OutputFolder.check(file: out)
        if let tensors {
            try OutputFolder.check(file: tensors)
            guard !OutputFolder.isSame(tensors, out) else {
                throw Failure(.usage, "Unable to use '--tensors': it is the same file as --out. Name another one.")
            }
        }
        Kernels.setThreads(1)
        let file = try GeneratorFile.read(generator)
        if let label { try checkNumber("--label", label, in: 0...(file.parameters.classes - 1)) }
        let drawing = GeneratedImages(count: count, label: label, seed: seed)
        try drawing.checkSize(file.parameters)
        let sampler = try file.sampler()
        let images = try sampler.images(labels: drawing.labels(file.parameters), seed: seed, series: .samples)
        try OutputFolder.write(Data(try drawing.png(images, sampler.model)), to: out)
        if let tensors { try drawing.tensors(images, sampler.model).write(tensors) }
        switch format {
        case .json: try printJSON(Written(count: count, seed: seed, out: out, tensors: tensors))
        case .text: ([out] + (tensors.map { [$0] } ?? [])).forEach { print($0) }
        }
    }

    private struct Written: Encodable {
        var count: Int
        var seed: UInt64
        var out: String
        var tensors: String?
    }
}

/// Images that somebody asked for: their labels, and what is written of them.
struct GeneratedImages {
    let count: Int
    /// Of all; nil: one after the other.
    let label: Int?
    let seed: UInt64

    /// Numbers of all images together, and pixels of a picture.
    private static let limit = 1 << 28
    /// Pictures of up to so many pixels are drawn twice as large, as the images are small.
    private static let enlarged = 1 << 21

    func labels(_ parameters: ModelParameters) -> [Int32] {
        (0..<count).map { Int32(label ?? $0 % parameters.classes) }
    }

    /// A usage error where the images would not fit into a picture.
    func checkSize(_ parameters: ModelParameters) throws {
        let grid = grid(parameters)
        let image = parameters.imageHeight * parameters.imageWidth * parameters.imageChannels
        let numbers = count * max(image, parameters.noise)
        guard max(numbers, Self.pixels(grid)) <= Self.limit else {
            throw Failure(
                .usage,
                "Unable to use '--count': its value is \(count), and a picture of so many images of "
                    + "\(parameters.imageHeight)x\(parameters.imageWidth) is too large. Ask for fewer at a time.")
        }
    }

    /// The PNG file of images (N, H, W, C).
    func png(_ images: [Float], _ model: ModelDescription) throws -> [UInt8] {
        // PNG knows grey and RGB; of other images the first channels are shown.
        let (channels, shown) = (model.image.channels, model.image.channels >= 3 ? 3 : 1)
        var visible = images
        if shown != channels {
            visible = stride(from: 0, to: images.count, by: channels).flatMap { images[$0..<($0 + shown)] }
        }
        return try PNG.encode(grid(model.parameters).render(visible))
    }

    /// The same as a file of tensors, channels first.
    func tensors(_ images: [Float], _ model: ModelDescription) -> SafetensorsFile {
        let image = model.image
        let positions = image.height * image.width
        var values = images
        if image.channels > 1 {
            for index in images.indices {
                let (number, place) = index.quotientAndRemainder(dividingBy: image.count)
                let (channel, position) = place.quotientAndRemainder(dividingBy: positions)
                values[index] = images[number * image.count + position * image.channels + channel]
            }
        }
        var file = SafetensorsFile(metadata: ["seed": "\(seed)"])
        file.tensors["images"] = StoredTensor(shape: [count, image.channels, image.height, image.width], values)
        file.tensors["labels"] = StoredTensor(shape: [count], labels(model.parameters))
        file.tensors["noise"] = StoredTensor(shape: [count, model.parameters.noise], noise(model.parameters))
        return file
    }

    /// What the images were made of, so that another program can make them again.
    private func noise(_ parameters: ModelParameters) -> [Float] {
        (0..<count).flatMap { GeneratorSampler.Series.samples.noise(seed, $0, length: parameters.noise) }
    }

    /// About as high as wide; without a label of its own, a column shows one label.
    private func grid(_ parameters: ModelParameters) -> ImageGrid {
        let side = Int(Double(count).squareRoot().rounded(.up))
        var columns = side
        let classes = parameters.classes
        if label == nil, classes > 1, classes <= count, classes <= 4 * side { columns = max(1, side / classes) * classes }
        var grid = ImageGrid(
            rows: (count + columns - 1) / columns, columns: columns, height: parameters.imageHeight,
            width: parameters.imageWidth, channels: parameters.imageChannels >= 3 ? 3 : 1)
        if 4 * Self.pixels(grid) <= Self.enlarged { grid.scale = 2 }
        return grid
    }

    private static func pixels(_ grid: ImageGrid) -> Int {
        grid.rows * (grid.height * grid.scale + grid.gap) * grid.columns * (grid.width * grid.scale + grid.gap)
    }
}
