import Foundation
import OxbowKernels
import OxbowModel
import OxbowProtocol
import OxbowReplay
import OxbowTrace
import OxbowWire

/// Sets what the bits of a recorded run depend on, or says why this process cannot have them.
enum RecordedKernels {
    /// To be called before anything else of the kernels.
    /// - Throws: `Failure`: a sentence.
    static func impose(_ surveys: [TraceSurvey]) throws {
        let header = surveys[0].header
        for other in surveys.dropFirst() where other.header.kernels != header.kernels {
            throw refusal(
                other, "it was recorded with \(other.header.kernels), and the trace before it with \(header.kernels)",
                "One process computes with one of them.")
        }
        let wanted = try instructionSets(surveys)
        guard Kernels.impose(wanted.own, dnnl: wanted.dnnl) else {
            throw refusal(
                surveys[0],
                "its kernels used \(wanted.dnnl), own \(wanted.own.rawValue), and this machine offers up to "
                    + "\(Kernels.dnnlInstructionSet), own \(Kernels.instructionSet.rawValue)",
                "Verify it on a machine that has them.")
        }
        guard Kernels.dnnlVersion == header.oneDNN, Kernels.threads == Int(header.threads) else {
            throw refusal(surveys[0], "it was computed with \(header.kernels), and this is \(Kernels.summary)", sameBuild)
        }
        for survey in surveys where survey.header.release != Release.version {
            let sentence = "'\(survey.path)' is of release \(survey.header.release), and this is \(Release.version)"
            FileHandle.standardError.write(Data("oxbow: \(sentence): a difference may be the releases'\n".utf8))
        }
    }

    private static let sameBuild = "Verify it with the build that computed it."

    /// The members', which computed; the header tells the broker's.
    private static func instructionSets(_ surveys: [TraceSurvey]) throws -> (own: InstructionSet, dnnl: String) {
        let participants = surveys.flatMap(\.participants)
        let header = surveys[0].header
        let dnnl = participants.first?.instructionSet ?? header.instructionSet
        if let other = participants.first(where: { $0.instructionSet != dnnl }), let first = participants.first {
            throw refusal(
                surveys[0], "'\(first.workerID)' computed with \(dnnl) and '\(other.workerID)' with \(other.instructionSet)",
                "One process computes with one instruction set.")
        }
        guard let own = dnnl == header.instructionSet ? recorded(header.kernels) : usual(dnnl) else {
            throw refusal(surveys[0], "its instruction set, \(dnnl), is not known here", sameBuild)
        }
        return (own, dnnl)
    }

    /// From `Kernels.summary`.
    private static func recorded(_ summary: String) -> InstructionSet? {
        InstructionSet.allCases.first { summary.contains(", own \($0.rawValue),") }
    }

    /// Our own kernels' on a machine on which oneDNN's is this.
    private static func usual(_ dnnl: String) -> InstructionSet? {
        switch dnnl {
        case "sse41", "avx", "asimd": .baseline
        case "avx2": .avx2
        case _ where dnnl.hasPrefix("avx512_core"): .avx512
        default: nil
        }
    }

    /// Which algorithm a convolution takes follows from its shape and the release.
    static func checkAlgorithms(_ surveys: [TraceSurvey]) throws {
        for survey in surveys {
            guard let plan = survey.plan else { continue }
            let here = PlannedAlgorithms.byBlock(try ModelDescription(plan.model), batch: Int(plan.batch))
            for recorded in survey.header.algorithms where here[recorded.block] != recorded.algorithm {
                throw refusal(
                    survey,
                    "block \(recorded.block) ran with the algorithm \(recorded.algorithm), and this release takes "
                        + "\(here[recorded.block] ?? "none")", sameBuild)
            }
        }
    }

    private static func refusal(_ survey: TraceSurvey, _ reason: String, _ remedy: String) -> Failure {
        Failure(.state, "Unable to verify '\(survey.path)': \(reason). \(remedy)")
    }
}
