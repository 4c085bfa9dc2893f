import Foundation
import OxbowKernels
import OxbowProtocol
import ZeroMQ

/// What this machine is, as far as a run cares.
struct MachineFacts {
    /// As many as may be used, and at least one.
    let cores: Int
    let memoryBytes: UInt64
    let kernels = Kernels.summary
    let zeroMQ = Context.libraryVersion

    /// - Parameter group: what a container allows.
    init(_ group: ControlGroup = ControlGroup()) {
        let process = ProcessInfo.processInfo
        let allowed = group.processors.map { max(1, Int($0.rounded(.up))) }
        cores = min(process.activeProcessorCount, allowed ?? .max)
        memoryBytes = min(process.physicalMemory, group.memoryBytes ?? .max)
    }

    /// Rules of an experiment can name the architecture beside the tags that the owner gives.
    func capabilities(tags: [String: String]) -> Capabilities {
        var tags = tags
        tags[Capabilities.architectureTag] = Self.architecture
        return Capabilities(
            memoryBytes: memoryBytes, cores: UInt32(cores), instructionSet: Kernels.dnnlInstructionSet, tags: tags)
    }

    static var architecture: String {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "arm64"
        #else
        "other"
        #endif
    }
}
