import Foundation

/// How many files and connections this process may have open.
public enum DescriptorLimit {
    /// Raises the limit to what the system allows: every connection takes a descriptor, and the usual limit is 1024.
    public static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // If it cannot be raised it stays as it is.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Connections that a broker may have: half of the descriptors, and no more than its largest fleet needs.
    static var connections: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        return min(max(16, Int(clamping: limit.rlim_cur) / 2), largestFleet)
    }

    /// Two lanes for each slot, and some who are not members.
    private static let largestFleet = 2 * 16384 + 1024
}
