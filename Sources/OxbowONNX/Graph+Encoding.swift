// Field numbers are those of onnx.proto (onnx.ai, IR version 8); each function writes the message it is named after.

extension Graph {
    /// A ModelProto: the whole file.
    func model(version: String, metadata: [String: String]) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.add(1, Self.irVersion)
        message.add(2, "oxbow")
        message.add(3, version)
        message.add(7, graph())
        var operators = ProtobufMessage()
        // The empty domain is ONNX's own operators.
        operators.add(1, "")
        operators.add(2, Self.operatorSet)
        message.add(8, operators)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufMessage()
            entry.add(1, key)
            entry.add(2, value)
            message.add(14, entry)
        }
        return message
    }

    /// Old enough for what runs on devices, and all that is needed.
    private static let irVersion = 8
    private static let operatorSet = 13

    private func graph() -> ProtobufMessage {
        var message = ProtobufMessage()
        for node in nodes { message.add(1, node.message()) }
        message.add(2, "generator")
        for constant in constants { message.add(5, constant.message()) }
        for input in inputs { message.add(11, input.message()) }
        for output in outputs { message.add(12, output.message()) }
        return message
    }
}

extension Graph.Node {
    fileprivate func message() -> ProtobufMessage {
        var message = ProtobufMessage()
        for input in inputs { message.add(1, input) }
        message.add(2, output)
        message.add(3, output)
        message.add(4, type)
        for attribute in attributes { message.add(5, attribute.value.message(attribute.name)) }
        return message
    }
}

extension Graph.Attribute {
    fileprivate func message(_ name: String) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.add(1, name)
        switch self {
        case .float(let value):
            message.add(2, value)
            message.add(20, 1)
        case .integer(let value):
            message.add(3, value)
            message.add(20, 2)
        case .integers(let values):
            for value in values { message.add(8, value) }
            message.add(20, 7)
        }
        return message
    }
}

extension Graph.Constant {
    fileprivate func message() -> ProtobufMessage {
        var message = ProtobufMessage()
        for side in shape { message.add(1, side) }
        message.add(2, type.rawValue)
        message.add(8, name)
        message.add(9, bytes: bytes)
        return message
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
    fileprivate func message() -> ProtobufMessage {
        var sides = ProtobufMessage()
        for side in shape {
            var dimension = ProtobufMessage()
            if let side { dimension.add(1, side) } else { dimension.add(2, "N") }
            sides.add(1, dimension)
        }
        var tensor = ProtobufMessage()
        tensor.add(1, type.rawValue)
        tensor.add(2, sides)
        var kind = ProtobufMessage()
        kind.add(1, tensor)
        var message = ProtobufMessage()
        message.add(1, name)
        message.add(2, kind)
        return message
    }
}
