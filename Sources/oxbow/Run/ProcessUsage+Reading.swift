import Foundation
import OxbowReport

extension ProcessUsage {
    /// Reads `/proc`; nil where there is none, or the process is gone.
    init?(pid: Int32) {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let peak = Self.peak(status), let ticks = Self.ticks(stat)
        else { return nil }
        self.init(peakBytes: peak, cpuSeconds: Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Of this process, up to now.
    static var own: ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let time = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
        return ProcessUsage(peakBytes: UInt64(max(0, usage.ru_maxrss)) * 1024, cpuSeconds: time)
    }

    /// As a process left it; nil where it left nothing.
    init?(file: String) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file)),
            let found = try? JSONDecoder().decode(ProcessUsage.self, from: data)
        else { return nil }
        self = found
    }

    /// "VmHWM:   1234 kB"
    static func peak(_ status: String) -> UInt64? {
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").compactMap { UInt64($0) }.first.map { $0 * 1024 }
    }

    /// User and system time: fields 14 and 15. The second field, a name in brackets, may hold anything.
    static func ticks(_ stat: String) -> UInt64? {
        guard let bracket = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[bracket...].split(separator: " ")
        guard fields.count > 13, let user = UInt64(fields[12]), let system = UInt64(fields[13]) else { return nil }
        return user + system
    }
}
