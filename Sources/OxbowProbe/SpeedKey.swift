import Foundation
import OxbowKernels

/// What a measured speed belongs to: the same machine, kernels and task.
public struct SpeedKey: Codable, Hashable, Sendable {
    public var host: String
    public var processor: String
    public var cores: Int
    /// Libraries and instruction sets.
    public var kernels: String
    /// Of this program.
    public var release: String
    /// `edge`, or `core` with its lanes.
    public var task: String
    public var batch: Int

    public init(
        host: String, processor: String, cores: Int, kernels: String, release: String, subject: SpeedProbe.Subject, batch: Int
    ) {
        self.host = host
        self.processor = processor
        self.cores = cores
        self.kernels = kernels
        self.release = release
        self.batch = batch
        switch subject {
        case .edge: task = "edge"
        case .core(let lanes): task = "core with \(lanes) lanes"
        }
    }

    /// Of this machine.
    public init(_ subject: SpeedProbe.Subject, release: String, batch: Int) {
        // The summary names the calling thread's number of threads.
        Kernels.setThreads(1)
        self.init(
            host: ProcessInfo.processInfo.hostName, processor: Self.processor,
            cores: ProcessInfo.processInfo.activeProcessorCount, kernels: Kernels.summary, release: release,
            subject: subject, batch: batch)
    }

    private static var processor: String {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}
