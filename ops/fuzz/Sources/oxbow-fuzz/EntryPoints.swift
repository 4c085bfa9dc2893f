import Foundation

/// The target of this process, from OXBOW_FUZZ_TARGET.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["OXBOW_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        print("OXBOW_FUZZ_TARGET must be one of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
        exit(2)
    }
    return target
}()

/// libFuzzer asks this before it begins: some runs only list targets or write seeds.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzing(_: UnsafeMutableRawPointer?, _: UnsafeMutableRawPointer?) -> Int32 {
    let environment = ProcessInfo.processInfo.environment
    if environment["OXBOW_FUZZ_LIST"] != nil {
        FuzzTarget.all.forEach { print($0.name) }
        exit(0)
    }
    if let folder = environment["OXBOW_FUZZ_SEEDS"] {
        do { try writeSeeds(folder) } catch {
            print("Unable to write seeds to '\(folder)': \(error)")
            exit(1)
        }
        exit(0)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target.run(UnsafeRawBufferPointer(start: data, count: count))
    return 0
}

/// `FOLDER/corpus/TARGET/NAME`, and `FOLDER/words/TARGET` in libFuzzer's form of a dictionary.
private func writeSeeds(_ folder: String) throws {
    for target in FuzzTarget.all {
        let corpus = "\(folder)/corpus/\(target.name)"
        try FileManager.default.createDirectory(atPath: corpus, withIntermediateDirectories: true)
        for (name, bytes) in try target.seeds() {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(corpus)/\(name)"))
        }
        guard !target.words.isEmpty else { continue }
        try FileManager.default.createDirectory(atPath: "\(folder)/words", withIntermediateDirectories: true)
        let lines = Set(target.words).sorted().map { "\"\($0.replacing("\"", with: "\\\""))\"\n" }
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: "\(folder)/words/\(target.name)"))
    }
}
