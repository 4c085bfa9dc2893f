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

    func capabilities(tags: [String: String]) -> Capabilities {
        Capabilities(
            memoryBytes: memoryBytes, cores: UInt32(cores), instructionSet: Kernels.dnnlInstructionSet, tags: tags)
    }
}
