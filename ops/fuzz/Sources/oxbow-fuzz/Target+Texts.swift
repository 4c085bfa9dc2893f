import Foundation
import OxbowExperiment
import OxbowReport

extension FuzzTarget {
    /// An experiment: what is read, printed and read again is the same.
    static let experiment = FuzzTarget(
        name: "experiment",
        run: { bytes in
            guard let text = text(bytes), let experiment = try? Experiment.parse(text) else { return }
            let printed = experiment.yaml
            guard let again = try? Experiment.parse(printed) else {
                return require(false, "what it prints is refused:\n\(printed)")
            }
            require(again == experiment, "it comes back as another one:\n\(printed)")
        },
        seeds: TextSeeds.experiments, words: TextSeeds.experimentWords)

    static let fleet = FuzzTarget(
        name: "fleet",
        run: { bytes in
            guard let file = text(bytes).flatMap({ try? FleetFile.parse($0) }) else { return }
            require((1...1_000_000).contains(file.tiers.reduce(0) { $0 + $1.workers }), "\(file) has too many workers")
        },
        seeds: TextSeeds.fleets, words: TextSeeds.fleetWords)

    static let model = FuzzTarget(
        name: "model", run: { bytes in _ = text(bytes).flatMap { try? ModelFile.parse($0) } }, seeds: TextSeeds.models,
        words: TextSeeds.modelWords)

    /// A report: what is read can be shown, as a page and as TensorBoard's events, and comes back from its own JSON.
    static let report = FuzzTarget(
        name: "report",
        run: { bytes in
            guard let report = try? Report(json: Data(bytes), subject: "report") else { return }
            let page = ReportPage(report, pictures: []).html
            require(page.contains("</html>"), "its page is cut short")
            _ = report.events([])
            _ = report.eventFileName
            guard let first = try? report.json(), let again = try? Report(json: first, subject: "report") else {
                return require(false, "what it writes is refused")
            }
            require((try? again.json()) == first, "it comes back as another one")
        },
        seeds: TextSeeds.reports, words: TextSeeds.reportWords)

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String? { String(validating: bytes, as: UTF8.self) }
}
