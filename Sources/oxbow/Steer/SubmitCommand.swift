import ArgumentParser
import Foundation
import OxbowExperiment
import OxbowModel
import OxbowProtocol
import OxbowRuntime

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Gives a fleet's broker an experiment to run, and prints the run's name.",
        discussion: """
            Data folders and domains are left out of what is sent: they are the workers' own.
            Example: oxbow submit experiment.yaml --connect tcp://127.0.0.1:5555 --name baseline --watch
            """)

    @Argument(help: "The experiment file.", completion: .yaml) var experiment: String

    @Option(help: "The run's name; made unique by a number. Default: date and time.") var name: String?

    @Option(name: .customLong("set"), help: "Override a key of the experiment: a.b=value; may be repeated.")
    var overrides: [String] = []

    @Option(help: "Height x width x channels of the fleet's images.") var image = ImageSize(height: 28, width: 28, channels: 1)

    @Option(help: "Classes of the fleet's labels.") var classes = 10

    @Flag(help: "Show how the run goes, and end with it.") var watch = false

    @OptionGroup var options: SteerOptions

    func run() throws {
        let submission = try submission()
        try options.steer("submit", experiment) { client in
            let run = try client.ask(.submit(submission)).message
            switch options.format {
            case .json: try printJSON(["run": run])
            case .text: print(run)
            }
            // What follows is written past the buffer of `print`.
            fflush(nil)
            if watch { try StatusWatch(client, run: run, options).follow() }
        }
    }

    /// Everything that can be wrong is found here, where it can be mended.
    private func submission() throws -> Submission {
        if let name { _ = try options.checked(name) }
        let settled = try Experiment.load(
            file: experiment, overrides: overrides, membership: .elastic, needsDomains: false
        ).withoutData
        guard (1...1 << 20).contains(classes) else {
            throw Failure(.usage, "Unable to use --classes \(classes): say a number from 1 to \(1 << 20).")
        }
        let submission = Submission(
            name: name ?? "", imageHeight: UInt32(clamping: image.height), imageWidth: UInt32(clamping: image.width),
            imageChannels: UInt32(clamping: image.channels), classes: UInt32(classes), experiment: settled.yaml)
        do {
            _ = try settled.runSettings(id: "run", submission.parameters(settled))
        } catch let refusal as OperatorRefusal {
            throw Failure(.usage, "Unable to submit '\(experiment)': \(refusal). See --image and --classes.")
        }
        return submission
    }
}
