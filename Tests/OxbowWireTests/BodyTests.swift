import Testing

@testable import OxbowWire

@Suite struct BodyTests {
    static let tensors = [
        OwnTensor(spec: TensorSpec(name: "g.0.linear.weight", shape: [2, 3]), bytes: (0..<24).map { UInt8($0) }),
        OwnTensor(spec: TensorSpec(name: "count", shape: []), bytes: [0, 0, 0x80, 0x3f]),
        OwnTensor(
            spec: TensorSpec(name: "d.1.conv.weight", shape: [1, 2, 3, 4, 1, 1, 1, 2]),
            bytes: (0..<192).map { UInt8($0) }),
    ]

    @Test func tensorsComeBack() throws {
        #expect(try decodeBody(encodeBody(Self.tensors)) == Self.tensors)
        #expect(try decodeBody(encodeBody([])) == [])
    }

    @Test func aBodyLiesWhereItsPageSays() throws {
        let bytes = try encodeBody(Self.tensors)
        #expect(Array(bytes.prefix(8)) == [0x4f, 0x58, 0x42, 0x54, 1, 0, 0, 0])
        let header = Int(bytes[8]) | Int(bytes[9]) << 8
        let start = (16 + header + 63) / 64 * 64
        #expect(bytes.count == start + 128 + 192)
        #expect(Int(bytes[12]) | Int(bytes[13]) << 8 == bytes.count)
        #expect(bytes[16 + header..<start].allSatisfy { $0 == 0 }, "padding is zero")
        #expect(Array(bytes[start..<start + 24]) == Self.tensors[0].bytes)
        #expect(bytes[start + 24..<start + 64].allSatisfy { $0 == 0 }, "padding is zero")
        #expect(Array(bytes[start + 128..<start + 320]) == Self.tensors[2].bytes)
    }

    @Test func decodingDoesNotCopyAndTakesAnyAlignment() throws {
        let bytes = try encodeBody(Self.tensors)
        for shift in 0..<4 {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + shift, alignment: 64)
            defer { memory.deallocate() }
            memory[shift...].copyBytes(from: bytes)
            let body = UnsafeRawBufferPointer(rebasing: memory[shift...])
            for (view, tensor) in zip(try BodyDecoder.decode(body), Self.tensors) {
                let base = try #require(view.bytes.baseAddress)
                #expect(memory.baseAddress.map { base >= UnsafeRawPointer($0) } == true)
                #expect(Array(view.bytes) == tensor.bytes && view.shape == tensor.spec.shape)
                if shift == 0 { #expect(Int(bitPattern: base) % 64 == 0) }
            }
        }
    }

    @Test func tensorsThatOverlapOrLeaveTheBodyAreRefused() throws {
        let good: [(UInt64, UInt64)] = [(0, 24), (64, 4)]
        #expect(try decodeBody(body(at: good)).count == 2)
        for places: [(UInt64, UInt64)] in [
            [(0, 24), (0, 4)], [(0, 24), (16, 4)], [(64, 24), (0, 4)], [(0, 24), (128, 4)], [(0, 24), (64, 8)],
            [(0, 24), (.max - 3, 4)], [(0, 24), (1 << 63, 4)], [(0, .max), (64, 4)], [(0, 23), (64, 4)],
        ] {
            #expect(throws: WireError.self, "\(places)") { try decodeBody(body(at: places)) }
        }
        #expect(throws: WireError.self, "data is missing") { try decodeBody(body(at: good, data: 67)) }
        #expect(throws: WireError.self, "data is left over") { try decodeBody(body(at: good, data: 69)) }
    }

    @Test func shapesBeyondTheLimitsAreRefused() throws {
        for shape in [[0], [4, 0], [-1], [1 << 29], [1 << 15, 1 << 15], [Int.max, 2], [1 << 32, 1 << 32]] {
            #expect(throws: WireError.self, "\(shape)") { try BodyEncoder([TensorSpec(name: "t", shape: shape)]) }
        }
        #expect(throws: WireError.self) { try BodyEncoder([TensorSpec(name: "t", shape: .init(repeating: 1, count: 9))]) }
        #expect(try BodyEncoder.byteCount(for: [TensorSpec(name: "t", shape: [1 << 27])]) > 1 << 29)
        #expect(throws: WireError.self, "the body would be over a gibibyte") {
            try BodyEncoder([TensorSpec(name: "a", shape: [1 << 27]), TensorSpec(name: "b", shape: [1 << 27])])
        }
    }

    @Test func namesAreGivenOnceAndAreNotTooLong() throws {
        for names in [["a", "a"], [""], [String(repeating: "n", count: 129)], ["a\0b"]] {
            #expect(throws: WireError.self) { try BodyEncoder(names.map { TensorSpec(name: $0, shape: [1]) }) }
        }
        #expect(throws: WireError.self) {
            try BodyEncoder((0...WireLimits.tensors).map { TensorSpec(name: "\($0)", shape: [1]) })
        }
        let most = (0..<WireLimits.tensors).map { OwnTensor(spec: TensorSpec(name: "\($0)", shape: []), bytes: [1, 2, 3, 4]) }
        #expect(try decodeBody(encodeBody(most)) == most)
    }

    @Test func aBodyOverTheReceiversLimitIsRefused() throws {
        let bytes = try encodeBody(Self.tensors)
        let error = try #require(throws: WireError.self) { try decodeBody(bytes, limit: bytes.count - 1) }
        #expect(error.code == .tooLarge)
    }

    @Test func aWrongPreludeIsRefused() throws {
        let bytes = try encodeBody(Self.tensors)
        for index in 0..<16 {
            for flip in [UInt8(1), 0x80, 0xff] {
                var changed = bytes
                changed[index] ^= flip
                #expect(throws: WireError.self, "byte \(index)") { try decodeBody(changed) }
            }
        }
    }

    /// A body of a [2, 3] tensor and a scalar, said to lie at these offsets with these lengths.
    private func body(at places: [(UInt64, UInt64)], data: Int = 68) -> [UInt8] {
        let header = RawMessage.build { header in
            for (index, place) in places.enumerated() {
                header.block(
                    1,
                    RawMessage.build {
                        $0.block(1, Array("t\(index)".utf8))
                        $0.number(2, 1)
                        $0.number(3, 0)
                        $0.block(4, index == 0 ? [2, 3] : [])
                        $0.number(5, place.0)
                        $0.number(6, place.1)
                    })
            }
        }
        let start = (16 + header.count + 63) / 64 * 64
        var bytes: [UInt8] = [0x4f, 0x58, 0x42, 0x54, 1, 0, 0, 0, UInt8(header.count), 0, 0, 0]
        withUnsafeBytes(of: UInt32(start + data).littleEndian) { bytes += $0 }
        bytes += header
        return bytes + [UInt8](repeating: 0, count: start + data - bytes.count)
    }
}
