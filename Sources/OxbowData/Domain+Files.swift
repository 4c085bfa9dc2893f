import Foundation

extension Domain {
    /// Reads the domain that lies in `folder`; its name is the folder's.
    public static func read(_ folder: String) throws(DataError) -> Domain {
        let name = (folder as NSString).lastPathComponent
        guard let all = try pair(folder, prefix: "") else {
            let reason = "it holds no images-idx3-ubyte or images-idx3-ubyte.gz"
            throw DataError(.missing, "read", folder, reason, "Put the domain's files there, or run ops/setup.sh.")
        }
        guard let test = try pair(folder, prefix: "test-") else { return try Domain(name: name, holdingOutOf: all) }
        return try Domain(name: name, train: all, test: test, testOrigin: .files)
    }

    /// Whether `folder` looks like a domain; half a pair is one too, since its owner should hear what is missing.
    static func isDomain(_ folder: String) -> Bool { find(folder, imageNames + [labelName]) != nil }

    /// Bytes on disk of the files that `read` reads.
    static func bytes(_ folder: String) -> Int {
        let kinds = ["", "test-"].flatMap { prefix in [imageNames, [labelName]].map { $0.map { prefix + $0 } } }
        return kinds.compactMap { find(folder, $0) }.reduce(0) { sum, path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return sum + (size ?? 0)
        }
    }

    private static let imageNames = ["images-idx3-ubyte", "images-idx4-ubyte"]
    private static let labelName = "labels-idx1-ubyte"

    /// Images and labels; nil when neither is there.
    private static func pair(_ folder: String, prefix: String) throws(DataError) -> ImageSet? {
        let imagePath = find(folder, imageNames.map { prefix + $0 })
        let labelPath = find(folder, [prefix + labelName])
        if imagePath == nil && labelPath == nil { return nil }
        guard let imagePath, let labelPath else {
            let lacking = prefix + (imagePath == nil ? imageNames[0] : labelName)
            let reason = "it holds no \(lacking) or \(lacking).gz"
            throw DataError(.missing, "read", folder, reason, "Images and labels come in pairs: add it.")
        }
        return try ImageSet.read(images: imagePath, labels: labelPath)
    }

    /// The first of `names` that is there, plain before compressed.
    private static func find(_ folder: String, _ names: [String]) -> String? {
        names.flatMap { ["\(folder)/\($0)", "\(folder)/\($0).gz"] }
            .first { FileManager.default.fileExists(atPath: $0) }
    }
}

extension ImageSet {
    /// Reads a pair of IDX files; images have three dimensions (grey) or four (channels last).
    public static func read(images imagePath: String, labels labelPath: String) throws(DataError) -> ImageSet {
        let labels = try IDXArray.read(labelPath)
        guard labels.dimensions.count == 1 else {
            throw .damaged(.wrongMagic, labelPath, "it has \(labels.dimensions.count) dimensions, where labels have 1")
        }
        let images = try IDXArray.read(imagePath)
        guard images.dimensions.count >= 3 else {
            throw .damaged(.wrongMagic, imagePath, "it has \(images.dimensions.count) dimensions, where images have 3 or 4")
        }
        guard images.dimensions[0] == labels.dimensions[0] else {
            let reason = "it holds \(images.dimensions[0]) images, and \(labelPath) \(labels.dimensions[0]) labels"
            throw .damaged(.countMismatch, imagePath, reason)
        }
        let channels = images.dimensions.count == 4 ? images.dimensions[3] : 1
        return ImageSet(
            height: images.dimensions[1], width: images.dimensions[2], channels: channels, pixels: images.bytes,
            labels: labels.bytes)
    }
}
