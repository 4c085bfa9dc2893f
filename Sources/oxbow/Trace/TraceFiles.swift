import Foundation

/// The traces of one run: `run.oxtrace`, and `run-2.oxtrace` and so on of brokers that went on with it.
enum TraceFiles {
    private static let ending = ".oxtrace"

    /// The first of these names that no file has: what was recorded before stays.
    static func free(_ path: String) -> String {
        var (candidate, number) = (path, 1)
        while FileManager.default.fileExists(atPath: candidate) {
            number += 1
            candidate = numbered(path, number)
        }
        return candidate
    }

    /// Those that are there, without a gap.
    static func all(_ path: String) -> [String] {
        let there = sequence(first: 1) { $0 + 1 }.lazy.map { $0 == 1 ? path : numbered(path, $0) }
        return Array(there.prefix { FileManager.default.fileExists(atPath: $0) })
    }

    private static func numbered(_ path: String, _ number: Int) -> String {
        path.hasSuffix(ending) ? "\(path.dropLast(ending.count))-\(number)\(ending)" : "\(path)-\(number)"
    }
}
