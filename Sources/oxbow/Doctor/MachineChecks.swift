import Foundation
import OxbowData
import OxbowEvaluation
import OxbowKernels
import OxbowProbe
import OxbowScheduling

/// What a run needs of a machine.
struct MachineChecks {
    let data: String?
    private let facts = MachineFacts()

    init(data: String?) { self.data = data }

    func run() -> [Finding] {
        [instructionSet, cores, memory, library, arithmetic, speed] + domains + [cache, temporary]
    }

    private var instructionSet: Finding {
        let set = Kernels.dnnlInstructionSet
        return ["avx2", "avx512"].contains { set.hasPrefix($0) }
            ? Finding(.fine, "processor", "\(set); our own kernels use \(Kernels.instructionSet.rawValue)")
            : Finding(.note, "processor", "only \(set): training works, but several times slower than with AVX2")
    }

    private var cores: Finding {
        Finding(
            facts.cores >= 2 ? .fine : .note, "cores", facts.cores >= 2 ? "\(facts.cores)" : "1: a run on one machine is slow")
    }

    private var memory: Finding {
        let gigabytes = Double(facts.memoryBytes) / 1e9
        let text = String(format: "%.1f GB", gigabytes)
        return gigabytes >= 2
            ? Finding(.fine, "memory", text)
            : Finding(.note, "memory", text + ": keep model.width at 0.25 or below, or use fewer workers")
    }

    private var library: Finding { Finding(.fine, "libraries", "\(facts.kernels); ZeroMQ \(facts.zeroMQ)") }

    /// One convolution against the plain reference kernel.
    private var arithmetic: Finding {
        do {
            let error = try ArithmeticProbe.run()
            return error <= 1e-5
                ? Finding(.fine, "arithmetic", String(format: "a convolution agrees with the reference (%.1e)", error))
                : Finding(
                    .wrong, "arithmetic",
                    String(format: "a convolution is off by %.1e. Reinstall libdnnl; check the machine's memory.", error))
        } catch {
            return Finding(.wrong, "arithmetic", "\(error)")
        }
    }

    /// What a worker and a core on this machine would say of themselves.
    private var speed: Finding {
        var notes: [String] = []
        func speeds(_ subject: SpeedProbe.Subject) -> [KernelSpeed] {
            MachineSpeed.announcedSpeeds(subject) { notes.append($0) }
        }
        let edge = speeds(.edge).map {
            String(format: "%.3g (outermost blocks %.2g) at width %g", $0.gflops, $0.outerGflops, $0.width)
        }
        let core = speeds(.core(lanes: facts.cores)).map { String(format: "%.3g at width %g", $0.gflops, $0.width) }
        guard !edge.isEmpty, !core.isEmpty else { return Finding(.wrong, "speed", notes.joined(separator: " ")) }
        let text =
            "GFLOP/s of a worker: \(edge.joined(separator: ", ")); of a core with \(facts.cores) lanes: "
            + core.joined(separator: ", ")
        return notes.isEmpty
            ? Finding(.fine, "speed", text) : Finding(.note, "speed", ([text + "."] + notes).joined(separator: " "))
    }

    private var domains: [Finding] {
        let folder = DataFolder(data ?? DataFolder.defaultPath)
        do {
            return try folder.domainNames().map { name in
                do {
                    let domain = try folder.domain(name)
                    return Finding(
                        .fine, "data \(name)",
                        "\(domain.train.count) training and \(domain.test.count) test images, \(domain.form), "
                            + "\(domain.classes) classes")
                } catch {
                    return Finding(.wrong, "data \(name)", "\(error)")
                }
            }
        } catch {
            return [Finding(.wrong, "data", "\(error)")]
        }
    }

    private var cache: Finding { writable("judge cache", JudgeCache.defaultFolder) }
    private var temporary: Finding { writable("temporary folder", NSTemporaryDirectory()) }

    private func writable(_ subject: String, _ path: String) -> Finding {
        do {
            try OutputFolder.make(path)
            return Finding(.fine, subject, path)
        } catch {
            return Finding(.wrong, subject, "\(error)")
        }
    }
}
