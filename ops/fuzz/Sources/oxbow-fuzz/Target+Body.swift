import OxbowProtocol
import OxbowWire

extension FuzzTarget {
    /// A bulk body. Nothing in it may hide: what decodes gives the same layout again, and the same elements.
    static let body = FuzzTarget(
        name: "body",
        run: { bytes in
            guard let views = withinMemory(decodingMemory(bytes.count), { try? BodyDecoder.decode(bytes) }) else { return }
            for view in views {
                require(view.bytes.count <= 4 * WireLimits.elements, "a tensor of \(view.bytes.count) bytes")
                require(isInside(view.bytes, bytes), "a tensor that lies outside of its body")
            }
            guard let first = encoded(views) else { return require(false, "\(views.map(\.spec)) cannot be encoded") }
            let again = first.withUnsafeBytes { buffer in (try? BodyDecoder.decode(buffer)).flatMap(encoded) }
            require(again == first, "\(views.map(\.spec)) do not come back")
        },
        seeds: WireSeeds.bodies)

    private static func isInside(_ part: UnsafeRawBufferPointer, _ whole: UnsafeRawBufferPointer) -> Bool {
        guard let start = part.baseAddress, let base = whole.baseAddress else { return part.isEmpty }
        return start >= base && start + part.count <= base + whole.count
    }

    private static func encoded(_ views: [TensorView]) -> [UInt8]? {
        guard let encoder = try? BodyEncoder(views.map(\.spec)) else { return nil }
        return [UInt8](unsafeUninitializedCapacity: encoder.byteCount) { buffer, count in
            encoder.encode(views, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: encoder.byteCount))
            count = encoder.byteCount
        }
    }
}
