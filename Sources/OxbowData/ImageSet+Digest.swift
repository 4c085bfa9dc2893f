import Crypto

extension ImageSet {
    /// SHA-256 of the images at `indices` as they are trained on: for each, in their order, its pixels as bytes, channels last;
    /// then all their labels.
    public func digest(_ indices: [Int]) -> [UInt8] {
        var hash = SHA256()
        pixels.withUnsafeBytes { bytes in
            for index in indices {
                hash.update(
                    bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[(index * imageSize)..<((index + 1) * imageSize)]))
            }
        }
        hash.update(data: indices.map { labels[$0] })
        return Array(hash.finalize())
    }
}
