/// A picture of a generator's images: a row for each class, always by the same noise, so that rounds can be compared.
public enum SampleGrid {
    public static let columns = 10

    /// The PNG file; `classes` are the model's unless a domain has fewer.
    ///
    /// Throws `PNGError`, and `TrainingError` for more classes than the model's.
    public static func png(
        _ sampler: GeneratorSampler, seed: UInt64, classes: Int? = nil, columns: Int = SampleGrid.columns,
        scale: Int = 2
    ) throws -> [UInt8] {
        let rows = classes ?? sampler.model.parameters.classes
        let labels = (0..<(rows * columns)).map { Int32($0 / columns) }
        let images = try sampler.images(labels: labels, seed: seed, series: .grid)
        return try png(images, sampler, rows: rows, columns: columns, scale: scale)
    }

    /// The PNG file of given images of the sampler's size, row by row.
    private static func png(
        _ images: [Float], _ sampler: GeneratorSampler, rows: Int, columns: Int, scale: Int
    ) throws -> [UInt8] {
        let image = sampler.model.image
        // PNG knows grey and RGB; of other images the first channels are shown.
        let shown = image.channels >= 3 ? 3 : 1
        var visible = images
        if shown != image.channels {
            visible = stride(from: 0, to: images.count, by: image.channels).flatMap { images[$0..<($0 + shown)] }
        }
        let grid = ImageGrid(
            rows: rows, columns: columns, height: image.height, width: image.width, channels: shown, scale: scale)
        return try PNG.encode(grid.render(visible))
    }
}
