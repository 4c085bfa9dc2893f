/// Named tensors with metadata, in the safetensors format.
///
/// The output is a function of the content alone: tensors are laid out by falling element size, then by name, so that
/// every tensor is aligned and two writers of the same state write the same bytes. Names compare by their UTF-8 bytes.
public struct SafetensorsFile: Hashable, Sendable {
    public var tensors: [String: StoredTensor]
    public var metadata: [String: String]

    public init(tensors: [String: StoredTensor] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Names in the order in which digests and listings use them: by their UTF-8 bytes.
    public var names: [String] { tensors.keys.sorted(by: precedesInBytes) }

    /// The values of one tensor, checked for presence, type and (when given) shape. `file` is named in errors.
    public func values<Element: StoredElement>(
        _ name: String, shape: [Int]? = nil, as _: Element.Type = Element.self, file: String = "state"
    ) throws(SafetensorsError) -> [Element] {
        let remedy = "Use a file that was written for the same model and version."
        guard let tensor = tensors[name] else {
            throw SafetensorsError(.noSuchTensor, "read", file, "it holds no tensor '\(name)'", remedy)
        }
        if let shape, shape != tensor.shape {
            let reason = "tensor '\(name)' has shape \(tensor.shape) instead of \(shape)"
            throw SafetensorsError(.wrongShape, "read", file, reason, remedy)
        }
        guard let values = tensor.values(as: Element.self) else {
            let reason = "tensor '\(name)' is \(tensor.type.rawValue) instead of \(Element.elementType.rawValue)"
            throw SafetensorsError(.wrongType, "read", file, reason, remedy)
        }
        return values
    }
}

/// Order by UTF-8 bytes, the same in every process and locale.
func precedesInBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
