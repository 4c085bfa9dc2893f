import Foundation

/// What a container or a service manager allows this process of the machine (Linux control groups, both versions).
struct ControlGroup {
    /// nil: all of the machine's.
    let memoryBytes: UInt64?
    /// nil: all of the machine's.
    let processors: Double?

    /// - Parameter root: a folder instead of `/`, for tests.
    init(root: String = "") {
        let folders = Self.folders(root)
        func lowest<Value: Comparable>(_ read: (String) -> Value?) -> Value? { folders.compactMap(read).min() }
        memoryBytes = lowest { Self.memory($0) }
        processors = lowest { Self.processors($0) }
    }

    /// Where limits of this process may be said: its own group, and the root, which is its own group inside of a container.
    private static func folders(_ root: String) -> [String] {
        let base = root + "/sys/fs/cgroup"
        var result = [base, base + "/memory", base + "/cpu"]
        let lines = (try? String(contentsOfFile: root + "/proc/self/cgroup", encoding: .utf8))?.split(separator: "\n") ?? []
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2] != "/" else { continue }
            if parts[1].isEmpty { result.append(base + parts[2]) }
            for controller in parts[1].split(separator: ",") { result.append("\(base)/\(controller)\(parts[2])") }
        }
        return result
    }

    private static func memory(_ folder: String) -> UInt64? {
        let bytes = text(folder, "memory.max") ?? text(folder, "memory.limit_in_bytes")
        // Version 1 says a number near 2^63 for no limit.
        return bytes.flatMap { UInt64($0) }.flatMap { $0 > 0 && $0 < 1 << 60 ? $0 : nil }
    }

    private static func processors(_ folder: String) -> Double? {
        let quota =
            text(folder, "cpu.max")
            ?? text(folder, "cpu.cfs_quota_us").map { quota in
                "\(quota) \(text(folder, "cpu.cfs_period_us") ?? "")"
            }
        let numbers = quota?.split(separator: " ").map { Double($0) } ?? []
        guard numbers.count == 2, let used = numbers[0], let period = numbers[1], used > 0, period > 0 else { return nil }
        return used / period
    }

    private static func text(_ folder: String, _ file: String) -> String? {
        (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
