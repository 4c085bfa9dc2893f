import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowProtocol
import OxbowRuntime

/// What all commands that steer a fleet have in common.
struct SteerOptions: ParsableArguments {
    @Option(help: "The broker's endpoint.") var connect = "tcp://127.0.0.1:5555"

    @Option(
        help: """
            The operators' key, a copy of operator.key in the broker's state folder. Default: $OXBOW_OPERATOR_KEY_FILE, or \
            ~/.config/oxbow/operator.key.
            """, completion: .file())
    var key: String?

    @Option(help: "Seconds that an answer of the broker may take.") var timeout = 10.0

    @Option(help: "text or json.") var format = OutputFormat.text

    @OptionGroup var security: SecurityOptions

    /// - Throws: `Failure` or `RuntimeError` for options that cannot be and a key that is none.
    func client() throws -> OperatorClient {
        let isEncrypted = try security.isEncrypted(connect)
        guard (0.1...86400).contains(timeout) else {
            throw Failure(.usage, "Unable to wait '\(timeout)' s: --timeout is from 0.1 to 86400.")
        }
        let token = try TokenFile.read(keyFile, .operator)
        return try OperatorClient(
            connect: connect, key: OperatorKey(token), security: isEncrypted ? token.security : .none,
            patience: .milliseconds(Int64(timeout * 1000)))
    }

    private var keyFile: String {
        let environment = ProcessInfo.processInfo.environment
        return key ?? environment["OXBOW_OPERATOR_KEY_FILE"] ?? NSHomeDirectory() + "/.config/oxbow/operator.key"
    }

    /// Calls with a client; what a broker refuses becomes a sentence about the subject.
    func steer<Result>(_ verb: String, _ subject: String, _ body: (OperatorClient) throws -> Result) throws -> Result {
        try told(verb, subject) { try body(client()) }
    }

    /// What a broker refuses becomes a sentence about the subject.
    func told<Result>(_ verb: String, _ subject: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let refusal as OperatorRefusal {
            throw Failure(refusal, verb, subject, broker: connect)
        } catch let refusal as HandshakeRefusal {
            throw Failure(refusal, "steer", connect)
        }
    }

    /// The name of a run, checked here: the broker need not be asked for what cannot be one.
    func checked(_ run: String) throws -> String {
        guard RunName.isValid(run) else {
            throw Failure(.usage, "Unable to find run '\(run)': that cannot be a run's name. 'oxbow ls' shows them.")
        }
        return run
    }
}

extension Failure {
    /// What a broker refused, with its remedy.
    init(_ refusal: OperatorRefusal, _ verb: String, _ subject: String, broker: String) {
        let (band, remedy): (ExitBand, String) =
            switch refusal.code {
            case .refused: (.peer, "Use --key with a copy of operator.key from the state folder of this broker.")
            case .notServed: (.peer, "Start the broker with --state.")
            case .unknownRun: (.usage, "'oxbow ls' shows the runs.")
            case .unknownFile: (.usage, "'oxbow fetch' without --file fetches all.")
            case .unusable: (.usage, "Mend it and try again.")
            case .done, .failed: (.peer, "See the broker's log.")
            }
        let reason = refusal.code == .refused ? "the broker at \(broker) does not know this key" : refusal.description
        let words = reason.trimmingCharacters(in: CharacterSet(charactersIn: ". "))
        self.init(band, "Unable to \(verb) '\(subject)': \(words). \(remedy)")
    }

    /// How the end of a run is told by who watched it; nil for a good one.
    init?(ended run: FleetStatus.Run) {
        let ending = StatusText.ending(run.state, run.outcome).trimmingCharacters(in: CharacterSet(charactersIn: ". "))
        let words = StatusTable.printable("Run '\(run.id)' \(ending).")
        switch run.state {
        case .stopped: self.init(.interrupted, words + " The last committed barrier is kept.")
        case .failed: self.init(.compute, words + " 'oxbow logs \(run.id)' tells more.")
        case .queued, .waiting, .running, .finished: return nil
        }
    }
}
