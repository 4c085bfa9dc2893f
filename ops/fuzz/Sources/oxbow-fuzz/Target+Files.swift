import CFuzzMemory
import Glibc
import OxbowData
import OxbowSafetensors

extension FuzzTarget {
    /// A state file: what decodes is written and read again as the same tensors.
    static let state = FuzzTarget(
        name: "state",
        run: { bytes in
            let content = [UInt8](bytes)
            // A header is names and numbers, each of which becomes a few values; tensors are copied once.
            let decoded = withinMemory((256 << 10) + 64 * bytes.count) { try? SafetensorsFile.decode(content) }
            guard let file = decoded else { return }
            require(file.tensors.values.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "more elements than bytes")
            require((try? SafetensorsFile.decode(file.encode())) == file, "the state does not come back")
        },
        seeds: FileSeeds.states, words: FileSeeds.stateWords)

    /// An IDX file, plain or gzip: what is read encodes to the bytes that were packed.
    static let idx = FuzzTarget(
        name: "idx",
        run: { bytes in
            withFile(bytes) { path in
                // deflate packs 1032 to 1 at best, and zlib's own windows and our buffer are below 1 MiB.
                let read = withinMemory((1 << 20) + 1032 * bytes.count) { try? IDXArray.read(path) }
                guard let array = read else { return }
                require(array.dimensions.reduce(1, *) == array.bytes.count, "\(array.dimensions) are not filled")
                let plain = array.encode()
                withFile(plain) { require((try? IDXArray.read($0)) == array, "\(array.dimensions) do not come back") }
                if bytes.count > 1, bytes[0] != 0x1f { require(plain.elementsEqual(bytes), "a plain file was not read whole") }
            }
        },
        seeds: FileSeeds.arrays)

    /// A file that is only in memory.
    static func withFile(_ bytes: some Sequence<UInt8>, _ body: (String) -> Void) {
        let file = fuzz_memory_file()
        guard file >= 0 else { fatalError("no file in memory: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let content = Array(bytes)
        guard write(file, content, content.count) == content.count else { fatalError("the file in memory is full") }
        body("/proc/self/fd/\(file)")
    }
}
