import ArgumentParser
import Foundation
import OxbowData
import OxbowEvaluation
import OxbowExperiment
import OxbowFederation
import OxbowFetch
import OxbowFleet
import OxbowKernels
import OxbowModel
import OxbowONNX
import OxbowProtocol
import OxbowReplay
import OxbowReport
import OxbowRuntime
import OxbowSafetensors
import OxbowScheduling
import OxbowTrace
import OxbowTraining
import OxbowWeb
import OxbowWire
import ZeroMQ

/// From an error to one sentence and an exit code (docs/exit-codes.md).
struct Failure: Error, CustomStringConvertible {
    var band: ExitBand
    var description: String

    init(_ band: ExitBand, _ description: String) {
        self.band = band
        self.description = description
    }

    /// Prints the sentence (or the help that was asked for) and ends the process.
    static func exit(with error: any Error) -> Never {
        if isOwn(error) {
            let failure = Failure(error)
            if !failure.description.isEmpty { FileHandle.standardError.write(Data("oxbow: \(failure)\n".utf8)) }
            // Without destructors: a thread may still compute, and would lose the kernels that it runs.
            fflush(nil)
            _exit(failure.band.rawValue)
        }
        let code = OxbowCommand.exitCode(for: error)
        guard code == .validationFailure else { OxbowCommand.exit(withError: error) }
        FileHandle.standardError.write(Data((OxbowCommand.fullMessage(for: error) + "\n").utf8))
        Foundation.exit(ExitBand.usage.rawValue)
    }

    /// Whether the argument parser knows nothing of this error.
    private static func isOwn(_ error: any Error) -> Bool { Failure(known: error) != nil }

    init(_ error: any Error) {
        self = Failure(known: error) ?? Failure(.bug, "Something unexpected happened: \(error). Please report it.")
    }

    private init?(known error: any Error) {
        let text = "\(error)"
        switch error {
        case let failure as Failure: self = failure
        case is ExperimentError, is PlanningError, is ModelError: self.init(.usage, text)
        case is DataError: self.init(.data, text)
        case let error as FetchError: self.init(Self.band(error.code), text)
        case is EvaluationError, is KernelFixtures.Failure: self.init(.state, text)
        case is PNGError: self.init(.output, text)
        case let error as SafetensorsError: self.init(error.code == .unwritable ? .output : .state, text)
        case is ReportError, is ReplayError, is ONNXError: self.init(.state, text)
        case let error as ZeroMQError: self.init(.network, Self.sentence(error))
        case let error as TraceError: self.init(error.code == .unwritable ? .output : .state, text)
        case is WireError: self.init(.peer, text)
        case let error as WebError: self.init(Self.band(error.kind), text)
        case let error as RuntimeError: self.init(Self.band(error.kind), text)
        case is FleetError, is TrainingError, is FederationError, is KernelError: self.init(.compute, text)
        default: return nil
        }
    }

    private static func band(_ kind: RuntimeError.Kind) -> ExitBand {
        switch kind {
        case .output: .output
        case .state: .state
        case .network: .network
        case .peer: .peer
        case .compute: .compute
        case .key: .state
        }
    }

    private static func band(_ kind: WebError.Kind) -> ExitBand {
        switch kind {
        case .address: .usage
        case .token: .state
        case .network: .network
        }
    }

    private static func band(_ code: FetchError.Code) -> ExitBand {
        switch code {
        case .unknownName, .badMirror: .usage
        case .unreachable, .status, .broken: .network
        case .wrongChecksum, .tooLong: .data
        case .occupied, .busy, .unwritable: .output
        }
    }

    private static func sentence(_ error: ZeroMQError) -> String {
        let remedy =
            error.code == .addressInUse
            ? "Another program listens there; choose another port or stop it." : "Check the endpoint, such as tcp://*:5555."
        return "\(error) \(remedy)"
    }

    /// How a member's end is told to the shell that started it; nil for a good end.
    init?(_ end: MemberEnd) {
        switch end {
        case .finished: return nil
        case .stopped(let reason): self.init(.interrupted, "Stopped: \(reason). The last committed barrier is kept.")
        case .refused(_, let message): self.init(.peer, "The broker refused: \(message)")
        case .failed(let message): self.init(.compute, message)
        }
    }

    init?(_ outcome: RunOutcome) {
        switch outcome {
        case .finished: return nil
        case .stopped(let reason): self.init(.interrupted, "Stopped: \(reason). The last committed barrier is kept.")
        case .failed(let message): self.init(.compute, message)
        case .infeasible(let message): self.init(.usage, message)
        }
    }
}
