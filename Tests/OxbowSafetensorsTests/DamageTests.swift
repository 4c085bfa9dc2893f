import OxbowSafetensors
import Testing

/// A file of this header and so many bytes behind it.
private func file(_ header: String, body: Int = 0) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + [UInt8](repeating: 1, count: body)
}

private func entry(_ name: String, _ shape: String, _ offsets: String) -> String {
    entry(name, "F32", shape, offsets)
}

private func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
}

@Suite struct DamageTests {
    @Test func truncationAtEveryByteIsRefused() throws {
        let whole = SafetensorsFile(
            tensors: ["a": StoredTensor(shape: [2], [1, 2] as [Float]), "b": StoredTensor(shape: [3], [1, 2, 3] as [UInt8])],
            metadata: ["k": "v"]
        ).encode()
        for count in 0..<whole.count {
            #expect(throws: SafetensorsError.self, "\(count) bytes") { try SafetensorsFile.decode(Array(whole.prefix(count))) }
        }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile.decode(whole + [0]) }
        #expect(try SafetensorsFile.decode(whole).tensors.count == 2)
    }

    /// Whatever one byte is changed to, the file is read or refused, and never traps.
    @Test func anyChangedByteIsSurvived() {
        let whole = SafetensorsFile(tensors: ["a": StoredTensor(shape: [1], [1] as [Float])], metadata: ["k": "é"]).encode()
        for position in whole.indices {
            for value in UInt8.min...UInt8.max {
                var changed = whole
                changed[position] = value
                _ = try? SafetensorsFile.decode(changed)
            }
        }
    }

    @Test(arguments: [
        (file("{" + entry("a", "2", "0,8") + "," + entry("b", "1", "4,8") + "}", body: 8), SafetensorsError.Code.overlapping),
        (file("{" + entry("a", "1", "0,4") + "," + entry("b", "1", "8,12") + "}", body: 12), .outOfRange),
        (file("{" + entry("a", "1", "0,4") + "}", body: 8), .outOfRange),
        (file("{" + entry("a", "2", "0,8") + "}", body: 4), .truncated),
        (file("{" + entry("a", "2", "0,4") + "}", body: 4), .outOfRange),
        (file("{" + entry("a", "1", "8,4") + "}", body: 8), .outOfRange),
        (file("{" + entry("a", "4294967296,4294967296", "0,4") + "}", body: 4), .tooLarge),
        (file("{" + entry("a", "99999999999999999999", "0,4") + "}", body: 4), .malformedHeader),
        (file("{" + entry("a", "-1", "0,4") + "}", body: 4), .malformedHeader),
        (file("{" + entry("a", "F16", "2", "0,4") + "}", body: 4), .unsupportedType),
        (file("{" + entry("a", "1", "0,4") + "," + entry("a", "1", "4,8") + "}", body: 8), .malformedHeader),
        (file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", body: 4), .malformedHeader),
        (file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":[]}}", body: 4), .malformedHeader),
        (file("{\"__metadata__\":{\"k\":1}}"), .malformedHeader),
        (file("{\"__metadata__\":{\"k\":\"\\ud800\"}}"), .malformedHeader),
        (file("{} x"), .malformedHeader), (file("[]"), .malformedHeader), (file(""), .malformedHeader),
        ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B], .tooLarge),
        ([0, 1, 0, 0, 0, 0, 0, 0, 0x7B], .truncated), ([1, 2, 3], .truncated),
    ])
    func damageIsNamed(_ bytes: [UInt8], _ code: SafetensorsError.Code) throws {
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile.decode(bytes, name: "x.safetensors") }
        #expect(error?.code == code)
        let text = try #require(error?.description)
        #expect(text.hasPrefix("Unable to read 'x.safetensors': "))
        #expect(text.hasSuffix("."))
    }

    @Test func foreignSpacingOrderAndEscapesAreRead() throws {
        let header = """
            { "__metadata__" : { "k\\u00e9\\ud83d\\ude00" : "\\/\\b\\f\\n\\r\\t" } ,
              "b" : { "data_offsets" : [ 4 , 5 ] , "shape" : [ ] , "dtype" : "U8" } ,
              "a" : { "shape" : [ 1 ] , "dtype" : "F32" , "data_offsets" : [ 0 , 4 ] } }
            """
        let read = try SafetensorsFile.decode(file(header, body: 5))
        #expect(read.names == ["a", "b"])
        #expect(read.tensors["b"]?.shape == [])
        #expect(read.metadata == ["ké😀": "/\u{8}\u{c}\n\r\t"])
    }
}
