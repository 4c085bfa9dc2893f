/// The layout of a bulk body: prelude, header, padding, data section. docs/protocol.md states it.
enum BodyFormat {
    static let subject = "body"
    /// "OXBT".
    static let magic: [UInt8] = [0x4f, 0x58, 0x42, 0x54]
    static let version: UInt16 = 1
    static let preludeBytes = 16
    /// Of the data section and of each tensor in it: a cache line, and the widest vector.
    static let alignment = 64

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }

    /// The bytes of a tensor, or an error when a dimension or the product is out of its limits.
    static func byteCount(of spec: TensorSpec) throws(WireError) -> Int {
        guard spec.shape.count <= WireLimits.dims else {
            throw .tooLarge(subject, "tensor '\(spec.name)' has more than \(WireLimits.dims) dimensions")
        }
        var elements = 1
        for dimension in spec.shape {
            guard dimension >= 1 else { throw .malformed(subject, "tensor '\(spec.name)' has shape \(spec.shape)") }
            // Both factors are at most 2^28 once checked, but `dimension` is not checked yet.
            let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
            guard !overflow, product <= WireLimits.elements else {
                throw .tooLarge(subject, "tensor '\(spec.name)' has more than \(WireLimits.elements) elements")
            }
            elements = product
        }
        return elements * spec.dtype.byteWidth
    }

    /// Where each tensor of these byte counts starts in the data section, and where the last one ends.
    static func offsets(of byteCounts: [Int]) -> (offsets: [Int], end: Int) {
        var end = 0
        let offsets = byteCounts.map { byteCount in
            let offset = aligned(end)
            end = offset + byteCount
            return offset
        }
        return (offsets, end)
    }

    static func check(names: [String]) throws(WireError) {
        let rules = WireRules(subject: subject)
        try rules.count("tensors", names.count, WireLimits.tensors)
        var seen: Set<String> = []
        for name in names {
            try rules.require(!name.isEmpty, "a tensor without a name")
            try rules.text("tensor name", name, WireLimits.tensorNameBytes)
            try rules.require(seen.insert(name).inserted, "tensor '\(name)' is there twice")
        }
    }
}
