extension SafetensorsFile {
    /// The file's bytes: header length (8, little-endian), JSON header padded with spaces to 8, then the tensors.
    public func encode() -> [UInt8] {
        let order = layout()
        var header = headerText(order)
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let body = order.reduce(0) { $0 + tensors[$1]!.bytes.count }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.utf8.count + body)
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header.utf8)
        for name in order { bytes.append(contentsOf: tensors[name]!.bytes) }
        return bytes
    }

    /// Names in the order of their bytes in the file.
    private func layout() -> [String] {
        tensors.keys.sorted { left, right in
            let (a, b) = (tensors[left]!.type.byteCount, tensors[right]!.type.byteCount)
            return a == b ? precedesInBytes(left, right) : a > b
        }
    }

    private func headerText(_ order: [String]) -> String {
        var entries: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { precedesInBytes($0.key, $1.key) }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            entries.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for name in order {
            let tensor = tensors[name]!
            let end = offset + tensor.bytes.count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(quoted(name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        return "{\(entries.joined(separator: ","))}"
    }
}

/// A JSON string: quotes, backslashes and control characters escaped, everything else as UTF-8.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
