import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowProtocol
import OxbowRuntime
import OxbowTrace
import OxbowWire

struct TraceDriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drive", abstract: "Plays a trace's workers against a live broker: a load test.",
        discussion: """
            The broker serves a fleet (--state, no --experiment). It gets the recorded experiment with a fleet of --clients virtual
            workers, who answer after the pauses that the recorded ones made, with bodies as recorded (--trace full) or of the
            same size. --null-core plays the core too, without pauses; without it a core must be connected.
            If the broker or a signal ends the test, what was counted up to there is printed before the error.
            Other workers at that broker may be seated too: use a broker of its own.
            Over TCP the virtual workers enrol by a token for as many (--join; --role edge --role core with --null-core), the first time.
            Example: oxbow trace drive runs/mine --key state/operator.key --join @join.token --clients 1000 --null-core \\
              --speed max --set rounds=1 --set steps_per_round=10
            """)

    @OptionGroup var trace: TraceFileArgument

    @OptionGroup var options: SteerOptions

    @Option(help: "How many times as fast as recorded the pauses pass: a number, or max for none.") var speed = "1"

    @Option(help: "Virtual workers, who play the recorded ones in turn. Default: as many as recorded.") var clients: Int?

    @Flag(help: "Play the core too: bodies of the right size, at once.") var nullCore = false

    @OptionGroup var joining: JoinOptions

    @Option(name: .customLong("set"), help: "Override a key of the recorded experiment: a.b=value; may be repeated.")
    var overrides: [String] = []

    func run() throws {
        let speed = try checkedSpeed()
        if let clients { try checkNumber("--clients", clients, in: 1...WireLimits.members) }
        let path = trace.chosen()
        let recorded = try RecordedRun(TraceReader(path))
        var load = try DriveLoad(recorded, clients: clients ?? recorded.edges.count, nullCore: nullCore, overrides)
        let token = try token()
        let stop = try StopRequest()
        let report = try options.steer("drive", path) { client in
            if let token {
                // A broker that is not there, or does not know the key, is said before a thousand workers try.
                _ = try client.ask(.status)
                try load.enrol(by: token, at: options.connect, stop)
            }
            let drive = try FleetDrive(
                load.parts, connect: options.connect, speed: speed, replaying: recorded, from: path)
            return try DriveSession(drive, load, client, stop).run()
        }
        switch options.format {
        case .json: try printJSON(report)
        case .text: for line in report.lines { print(line) }
        }
        // A broker's refusal becomes a sentence.
        if let failure = report.failure { try options.told("drive", path) { throw failure } }
    }

    /// nil: the broker is not encrypted.
    private func token() throws -> KeyToken? {
        guard try options.security.isEncrypted(options.connect) else { return nil }
        guard let token = try joining.token() else {
            throw Failure(
                .usage,
                "Unable to drive '\(options.connect)': its workers need keys. Say --join TOKEN ('oxbow keys new --uses N' at the "
                    + "broker makes one), or --insecure on both sides on loopback.")
        }
        return token
    }

    private func checkedSpeed() throws -> Double {
        if speed == "max" { return .infinity }
        guard let number = Double(speed), (1e-3...1e6).contains(number) else {
            throw Failure(.usage, "Unable to drive at --speed \(speed): say a number from 0.001 to 1e6, or max.")
        }
        return number
    }
}
