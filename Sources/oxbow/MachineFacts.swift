import Foundation
import OxbowKernels
import OxbowProtocol
import ZeroMQ

/// What this machine is, as far as a run cares.
struct MachineFacts {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let memoryBytes = ProcessInfo.processInfo.physicalMemory
    let kernels = Kernels.summary
    let zeroMQ = Context.libraryVersion

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
