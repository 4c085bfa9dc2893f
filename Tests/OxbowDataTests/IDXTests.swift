import OxbowData
import Testing

@Suite struct IDXTests {
    private let place = Workplace()

    @Test(arguments: ["plain", "packed.gz"]) func arraysComeBack(_ name: String) throws {
        let array = IDXArray(dimensions: [2, 3, 4], bytes: (0..<24).map { UInt8($0 * 10) })
        try array.write(place.path + "/" + name)
        #expect(try IDXArray.read(place.path + "/" + name) == array)
    }

    @Test func packedFilesArePacked() throws {
        try IDXArray(dimensions: [1000], bytes: [UInt8](repeating: 3, count: 1000)).write(place.path + "/a.gz")
        let bytes = try place.bytes("a.gz")
        #expect(bytes.count < 100 && bytes[0] == 0x1F)
    }

    @Test(arguments: ["plain", "packed.gz"]) func tearingAnywhereIsRefused(_ name: String) throws {
        try IDXArray(dimensions: [40], bytes: (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0) }).write(
            place.path + "/" + name)
        let whole = try place.bytes(name)
        for count in 0..<whole.count {
            try place.write(Array(whole.prefix(count)), name)
            #expect(throws: DataError.self, "\(count) of \(whole.count)") { try IDXArray.read(place.path + "/" + name) }
        }
    }

    @Test func changedContentOfPackedFilesIsRefused() throws {
        try IDXArray(dimensions: [40], bytes: (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0) }).write(
            place.path + "/a.gz")
        var bytes = try place.bytes("a.gz")
        bytes[bytes.count - 8] ^= 1
        try place.write(bytes, "a.gz")
        let error = #expect(throws: DataError.self) { try IDXArray.read(place.path + "/a.gz") }
        #expect(error?.code == .torn)
    }

    @Test(
        arguments: [
            ([], DataError.Code.empty), ([0, 0], .torn),
            ([0, 0, 8, 5, 0, 0, 0, 1], .wrongMagic), ([0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0], .wrongMagic),
            ([80, 75, 3, 4, 0, 0], .wrongMagic), ([0, 0, 8, 1, 0, 0, 0, 0], .empty),
            ([0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1], .torn), ([0, 0, 8, 1, 0, 0, 0, 1, 7, 7], .torn),
            ([0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12), .tooLarge),
        ] as [([UInt8], DataError.Code)])
    func damageIsNamed(_ bytes: [UInt8], _ code: DataError.Code) throws {
        try place.write(bytes, "x")
        let error = #expect(throws: DataError.self) { try IDXArray.read(place.path + "/x") }
        #expect(error?.code == code)
        #expect(error?.description.hasPrefix("Unable to read '\(place.path)/x': ") == true)
    }

    @Test func missingFileSaysWhatToDo() {
        let error = #expect(throws: DataError.self) { try IDXArray.read(place.path + "/none") }
        #expect(error?.code == .missing)
        #expect(error?.remedy.contains("ops/setup.sh") == true)
    }
}
