import COxbowKernels

/// The instruction set of our own kernels.
public enum InstructionSet: String, CaseIterable, Sendable {
    case baseline, avx2, avx512

    var code: Int32 { Int32(Self.allCases.firstIndex(of: self)!) }
}

/// What holds for all kernels: threads, instruction sets, versions.
public enum Kernels {
    /// How many threads the primitives created by the calling thread use; 1 unless set.
    ///
    /// Results depend on the number (sums are split), and it is fixed when a primitive is created.
    public static func setThreads(_ count: Int) {
        precondition(count >= 1, "thread count \(count)")
        oxbow_set_threads(Int32(count))
    }

    /// The calling thread's count.
    public static var threads: Int { Int(oxbow_threads()) }

    /// The set the calling thread's kernels use: the widest this machine offers.
    public static var instructionSet: InstructionSet { InstructionSet.allCases[Int(oxbow_isa())] }

    /// Runs `body` with another instruction set on this thread; nil when this machine does not offer it.
    public static func withInstructionSet<Result>(
        _ set: InstructionSet, _ body: () throws -> Result
    ) rethrows -> Result? {
        guard oxbow_choose_isa(set.code) != 0 else { return nil }
        defer { _ = oxbow_choose_isa(-1) }
        return try body()
    }

    /// Makes these the instruction sets of all threads: those of a machine whose bits are wanted.
    ///
    /// To be called before anything else of the kernels.
    /// - Parameter dnnl: as `dnnlInstructionSet` names them.
    /// - Returns: false if it was not the first call, or this machine does not offer them.
    public static func impose(_ set: InstructionSet, dnnl: String) -> Bool {
        // Both, so that what is refused can be compared with what is there.
        let (own, theirs) = (oxbow_limit_isa(set.code) != 0, oxbow_limit_dnnl_isa(dnnl) != 0)
        return own && theirs
    }

    /// Keeps freed tensors and messages of megabytes for the next step; the kernel would clear their pages again each
    /// time. To be called once, before any thread starts.
    public static func keepFreedBlocks() { oxbow_keep_freed_blocks() }

    /// Gives back to the system what is free now: after work that took more memory than what comes will.
    public static func returnFreedBlocks() { oxbow_return_freed_blocks() }

    /// oneDNN's version, such as "2.6.3".
    public static var dnnlVersion: String { String(cString: oxbow_dnnl_version()) }

    /// The widest instruction set oneDNN generates code for on this machine, such as "avx2".
    public static var dnnlInstructionSet: String { String(cString: oxbow_dnnl_isa()) }

    /// All that bits may depend on, in one line for a record.
    public static var summary: String {
        "oneDNN \(dnnlVersion) \(dnnlInstructionSet), own \(instructionSet.rawValue), threads \(threads)"
    }
}
