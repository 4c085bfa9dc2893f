import OxbowEvaluation
import Testing

@Suite struct PNGTests {
    @Test(arguments: [1, 3]) func picturesComeBack(_ channels: Int) throws {
        let picture = Raster(
            width: 7, height: 5, channels: channels, pixels: (0..<(35 * channels)).map { UInt8(truncatingIfNeeded: $0 * 11) })
        let file = try PNG.encode(picture)
        #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        // IHDR: size, 8 bits, grey (0) or RGB (2).
        #expect(Array(file[16..<26]) == [0, 0, 0, 7, 0, 0, 0, 5, 8, channels == 1 ? 0 : 2])
        #expect(try PNG.decode(file) == picture)
        #expect(try PNG.encode(picture) == file)
    }

    @Test func damagedFilesAreRefused() throws {
        let file = try PNG.encode(Raster(width: 4, height: 4, channels: 1, pixels: [UInt8](repeating: 9, count: 16)))
        for count in 0..<(file.count - 12) {
            let error = #expect(throws: PNGError.self) { try PNG.decode(Array(file.prefix(count))) }
            #expect(error?.description.hasPrefix("Unable to read 'picture': ") == true)
        }
        var huge = file
        huge[16] = 0x7F
        #expect(throws: PNGError.self) { try PNG.decode(huge) }
    }

    @Test func gridsHaveARowForEachClass() {
        let grid = ImageGrid(rows: 2, columns: 3, height: 2, width: 1)
        let picture = grid.render([-1, 1, 0, 0, 1, 1, -1, -1, 2, -2, .nan, 0.5])
        #expect((picture.width, picture.height, picture.channels) == (3 * 3 + 2, 2 * 4 + 2, 1))
        func pixel(_ x: Int, _ y: Int) -> UInt8 { picture.pixels[y * picture.width + x] }
        #expect([pixel(2, 2), pixel(2, 3), pixel(5, 2), pixel(8, 3)] == [0, 255, 128, 255])
        #expect([pixel(2, 6), pixel(5, 6), pixel(5, 7), pixel(8, 6), pixel(8, 7)] == [0, 255, 0, 0, 191])
        #expect([pixel(0, 0), pixel(3, 2), pixel(10, 9), pixel(2, 4)] == [UInt8](repeating: ImageGrid.ground, count: 4))
    }

    @Test func gridsScaleAndShowColours() {
        let grid = ImageGrid(rows: 1, columns: 1, height: 1, width: 2, channels: 3, scale: 2, gap: 0)
        let picture = grid.render([1, -1, -1, -1, -1, 1])
        let row: [UInt8] = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255]
        #expect(picture == Raster(width: 4, height: 2, channels: 3, pixels: row + row))
    }
}
