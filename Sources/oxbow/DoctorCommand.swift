import ArgumentParser
import Foundation
import OxbowKernels

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Tells what is wrong with this machine, in plain words.",
        discussion: """
            With fixtures, compares kernels, a whole fleet and the cost model with recorded results.
            Exit code 1 if something is wrong or out of tolerance.
            Example: oxbow doctor --fixtures fixtures
            """)

    @Option(help: "A folder with kernels.json, fleet.json or latency.json and their tensors.", completion: .directory)
    var fixtures: String?

    @Option(help: "The data folder to look at.", completion: .directory) var data: String?

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        Kernels.setThreads(1)
        var findings: [Finding] = []
        if let fixtures {
            findings = try FixtureChecks(fixtures).run { if format == .text { print($0.line) } }
        } else {
            findings = MachineChecks(data: data).run()
            if format == .text { findings.forEach { print($0.line) } }
        }
        let wrong = findings.count { $0.verdict == .wrong }
        switch format {
        case .json: try printJSON(findings)
        case .text: print(wrong == 0 ? "All \(findings.count) checks passed." : "\(wrong) of \(findings.count) checks failed.")
        }
        if wrong > 0 { throw ExitCode(1) }
    }
}

/// One line of the doctor.
struct Finding: Encodable {
    enum Verdict: String, Encodable {
        case fine = "ok"
        case note
        case wrong
    }
    var verdict: Verdict
    var subject: String
    var text: String
    /// Of a comparison: the relative error and what is allowed.
    var error: Double?
    var tolerance: Double?

    init(_ verdict: Verdict, _ subject: String, _ text: String) {
        (self.verdict, self.subject, self.text) = (verdict, subject, text)
    }

    init(_ subject: String, error: Double, tolerance: Double) {
        // Not a number is out of every tolerance.
        self.init(
            error <= tolerance ? .fine : .wrong, subject, String(format: "error %.2e, allowed %.0e", error, tolerance))
        self.error = error
        self.tolerance = tolerance
    }

    var line: String {
        let mark = verdict == .fine ? "ok   " : verdict == .note ? "note " : "WRONG"
        return "\(mark) \(subject): \(text)"
    }
}
