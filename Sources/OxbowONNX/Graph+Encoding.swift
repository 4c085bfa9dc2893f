import OxbowProtobuf

// Field numbers are those of onnx.proto (onnx.ai, IR version 8); each function writes the message it is named after.

extension Graph {
    /// A ModelProto: the whole file.
    func model(version: String, metadata: [String: String]) -> ProtobufFields {
        var fields = ProtobufFields()
        fields.integer(1, Self.irVersion)
        fields.text(2, "oxbow")
        fields.text(3, version)
        fields.message(7, graph())
        var operators = ProtobufFields()
        // The empty domain is ONNX's own operators.
        operators.text(1, "")
        operators.integer(2, Self.operatorSet)
        fields.message(8, operators)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufFields()
            entry.text(1, key)
            entry.text(2, value)
            fields.message(14, entry)
        }
        return fields
    }

    /// Old enough for what runs on devices, and all that is needed.
    private static let irVersion = 8
    private static let operatorSet = 13

    private func graph() -> ProtobufFields {
        var fields = ProtobufFields()
        for node in nodes { fields.message(1, node.message()) }
        fields.text(2, "generator")
        for constant in constants { fields.message(5, constant.message()) }
        for input in inputs { fields.message(11, input.message()) }
        for output in outputs { fields.message(12, output.message()) }
        return fields
    }
}

extension Graph.Node {
    fileprivate func message() -> ProtobufFields {
        var fields = ProtobufFields()
        for input in inputs { fields.text(1, input) }
        fields.text(2, output)
        fields.text(3, output)
        fields.text(4, type)
        for attribute in attributes { fields.message(5, attribute.value.message(attribute.name)) }
        return fields
    }
}

extension Graph.Attribute {
    fileprivate func message(_ name: String) -> ProtobufFields {
        var fields = ProtobufFields()
        fields.text(1, name)
        switch self {
        case .float(let value):
            fields.float(2, value)
            fields.integer(20, 1)
        case .integer(let value):
            fields.integer(3, value)
            fields.integer(20, 2)
        case .integers(let values):
            for value in values { fields.integer(8, value) }
            fields.integer(20, 7)
        }
        return fields
    }
}

extension Graph.Constant {
    fileprivate func message() -> ProtobufFields {
        var fields = ProtobufFields()
        for side in shape { fields.integer(1, side) }
        fields.integer(2, type.rawValue)
        fields.text(8, name)
        fields.bytes(9, bytes)
        return fields
    }

    private var type: Graph.ElementType {
        switch values {
        case .floats: .float32
        case .integers: .int64
        }
    }

    /// Little-endian, as all processors are for which Oxbow is built.
    private var bytes: [UInt8] {
        switch values {
        case .floats(let values): values.withUnsafeBytes { Array($0) }
        case .integers(let values): values.withUnsafeBytes { Array($0) }
        }
    }
}

extension Graph.Interface {
    fileprivate func message() -> ProtobufFields {
        var sides = ProtobufFields()
        for side in shape {
            var dimension = ProtobufFields()
            if let side { dimension.integer(1, side) } else { dimension.text(2, "N") }
            sides.message(1, dimension)
        }
        var tensor = ProtobufFields()
        tensor.integer(1, type.rawValue)
        tensor.message(2, sides)
        var kind = ProtobufFields()
        kind.message(1, tensor)
        var fields = ProtobufFields()
        fields.text(1, name)
        fields.message(2, kind)
        return fields
    }
}
