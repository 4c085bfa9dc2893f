import Foundation

/// How many seeds are tried. `OXBOW_SEEDS=20` tries 20 times as many.
enum Seeds {
    static let factor = ProcessInfo.processInfo.environment["OXBOW_SEEDS"].flatMap { UInt64($0) } ?? 1

    static func first(_ count: UInt64) -> ClosedRange<UInt64> { 1...max(1, count * factor) }
}
