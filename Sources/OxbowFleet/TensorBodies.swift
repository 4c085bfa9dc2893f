import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowTraining
import OxbowWire

/// Tensors to bodies and back; what a peer sent is checked before it is used.
public struct TensorBodies {
    let makeBody: BodyFactory

    public init(makeBody: @escaping BodyFactory) { self.makeBody = makeBody }

    /// Activations or gradients, in order. One copy, from the tensor into the message.
    public func body(of tensors: [Tensor]) throws -> any BodyStorage {
        let encoder = try BodyEncoder(
            tensors.enumerated().map { TensorSpec(name: "\($0.offset)", shape: $0.element.shape) })
        return makeBody(encoder.byteCount) { buffer in
            encoder.encode(into: buffer) { index, target in
                target.copyMemory(from: UnsafeRawBufferPointer(tensors[index].buffer))
            }
        }
    }

    /// - Throws: unless the body holds exactly tensors of these shapes.
    public func tensors(of body: any BodyStorage, shapes: [[Int]], from sender: String) throws -> [Tensor] {
        try read(body, from: sender) { views in
            guard views.map(\.shape) == shapes else {
                throw FleetError(
                    "Unable to use a message of \(sender): it holds tensors of \(views.map(\.shape)) where the plan asks "
                        + "for \(shapes). Install the same release of Oxbow on both.")
            }
            return views.map { view in
                let tensor = Tensor(uninitialized: view.shape)
                UnsafeMutableRawBufferPointer(tensor.buffer).copyMemory(from: view.bytes)
                return tensor
            }
        }
    }

    /// A file as it is.
    func body(ofFile bytes: [UInt8]) -> any BodyStorage {
        makeBody(bytes.count) { buffer in bytes.withUnsafeBytes { buffer.copyMemory(from: $0) } }
    }

    /// Blocks of a model by name.
    func body(of tensors: NamedTensors) throws -> any BodyStorage {
        let entries = tensors.entries
        let encoder = try BodyEncoder(entries.map { TensorSpec(name: $0.name, shape: $0.shape) })
        return makeBody(encoder.byteCount) { buffer in
            encoder.encode(into: buffer) { index, target in
                entries[index].values.withUnsafeBytes { target.copyMemory(from: $0) }
            }
        }
    }

    /// Values of some blocks and Adam's states of some; nothing at all is taken when `orEmpty`.
    ///
    /// - Parameter shown: blocks whose values are there to be looked at: they may be any numbers.
    /// - Throws: unless the body holds exactly that, in any order, every number is finite, and so are Adam's states
    ///   possible: no second moment below 0, counts whole.
    func blocks(
        of body: any BodyStorage, _ model: ModelDescription, values: [BlockName], optimizer: [BlockName],
        shown: [BlockName] = [], orEmpty: Bool = false, from sender: String
    ) throws -> NamedTensors {
        let looked = shown.flatMap { model[$0].valueShapes }
        let expected = looked + values.flatMap { model[$0].valueShapes } + optimizer.flatMap { model[$0].optimizerShapes }
        let shapes = Dictionary(uniqueKeysWithValues: expected.map { ($0.name, $0.shape) })
        let tensors = try namedTensors(
            of: body, like: shapes, any: Set(looked.map(\.name)), orEmpty: orEmpty, from: sender)
        guard tensors.count > 0 else { return tensors }
        do {
            for block in optimizer { try model[block].checkOptimizerState(tensors) }
        } catch let error as TrainingError {
            throw FleetError("Unable to use \(error.subject) of \(sender): \(error.reason).")
        }
        return tensors
    }

    /// - Parameter any: names of tensors that may hold any numbers.
    /// - Throws: unless names and shapes are those expected, in any order, and every number is finite; nothing at all
    ///   is taken when `orEmpty`.
    func namedTensors(
        of body: any BodyStorage, like expected: [String: [Int]], any: Set<String> = [], orEmpty: Bool = false,
        from sender: String
    ) throws -> NamedTensors {
        try read(body, from: sender) { views in
            if orEmpty, views.isEmpty { return NamedTensors() }
            let found = Dictionary(views.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
            guard found == expected, found.count == views.count else {
                let wrong = Set(found.keys).symmetricDifference(expected.keys).sorted().first ?? "a shape"
                throw FleetError(
                    "Unable to use the model of \(sender): it does not hold the blocks of its plan (\(wrong) differs). "
                        + "Install the same release of Oxbow on both.")
            }
            return NamedTensors(try views.map { try named($0, isFinite: !any.contains($0.name), sender) })
        }
    }

    private func named(_ view: TensorView, isFinite: Bool, _ sender: String) throws -> NamedTensor {
        let values = [Float](unsafeUninitializedCapacity: view.bytes.count / 4) { buffer, used in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: view.bytes)
            used = view.bytes.count / 4
        }
        guard !isFinite || values.allSatisfy(\.isFinite) else {
            throw FleetError(
                "Unable to average \(view.name) of \(sender): it holds a number that is not finite, the training of that "
                    + "worker diverged. Lower optimizer.learning_rate.")
        }
        return NamedTensor(name: view.name, shape: view.shape, values: values)
    }

    private func read<Result>(
        _ body: any BodyStorage, from sender: String, _ use: ([TensorView]) throws -> Result
    ) throws -> Result {
        guard let body = body as? any ByteBody else { preconditionFailure("a body without bytes") }
        return try body.withBytes { bytes in
            let views = try BodyDecoder.decode(bytes)
            guard views.allSatisfy({ $0.dtype == .float32 }) else {
                throw FleetError("Unable to use a message of \(sender): its tensors are not float32.")
            }
            return try use(views)
        }
    }
}
