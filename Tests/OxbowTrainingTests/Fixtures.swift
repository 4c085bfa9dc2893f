import Foundation
import OxbowSafetensors
import OxbowTraining

/// Recorded fleets: the shared ones in OXBOW_FIXTURES, our own beside the tests.
enum Fixtures {
    static let shared: URL? = ProcessInfo.processInfo.environment["OXBOW_FIXTURES"].map { URL(filePath: $0) }
    static let own = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures").resolvingSymlinksInPath()

    /// Files without extension that hold a recorded fleet: a JSON with cuts beside its tensors.
    static let fleets: [URL] = [shared, own].compactMap { $0 }.flatMap { folder in
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        return (files ?? []).filter { $0.pathExtension == "json" && hasCuts($0) }.map { $0.deletingPathExtension() }
    }.sorted { $0.path < $1.path }

    private static func hasCuts(_ file: URL) -> Bool {
        let content = (try? Data(contentsOf: file)).flatMap { try? JSONSerialization.jsonObject(with: $0) }
        let fields = content as? [String: Any]
        return fields?["batch_sizes"] != nil && fields?["cuts"] != nil
    }

    static func load(_ fleet: URL) throws -> (fixture: FleetFixture, lookup: FleetFixture.Lookup) {
        let file = try SafetensorsFile.read(fleet.appendingPathExtension("safetensors").path)
        let lookup: FleetFixture.Lookup = { name in
            guard let tensor = file.tensors[name] else { return nil }
            switch tensor.type {
            case .int32: return tensor.values(as: Int32.self).map { (tensor.shape, $0.map(Float.init)) }
            case .int64: return tensor.values(as: Int64.self).map { (tensor.shape, $0.map(Float.init)) }
            case .float64: return tensor.values(as: Double.self).map { (tensor.shape, $0.map { Float($0) }) }
            default: return tensor.values(as: Float.self).map { (tensor.shape, $0) }
            }
        }
        let json = try Data(contentsOf: fleet.appendingPathExtension("json"))
        return (try FleetFixture(json: json, tensors: lookup), lookup)
    }
}
