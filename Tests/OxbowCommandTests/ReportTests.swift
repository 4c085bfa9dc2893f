import Foundation
import Testing

/// What a run writes for people, and `oxbow report`.
@Suite(.serialized) struct ReportTests {
    private let data: SyntheticData
    private let out: TemporaryFolder

    init() throws {
        data = try SyntheticData(domains: ["bars", "steps"])
        out = try TemporaryFolder()
    }

    private var folder: String { out.path + "/run" }
    private func text(_ name: String) -> String { (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "" }

    private func run() throws -> Oxbow.Result {
        let arguments =
            data.runArguments(out: folder, domains: "[bars, steps]")
            + ["--set", "fleet.1.domain=steps", "--set", "evaluation.every=1", "--set", "method_options.clusters=2"]
        return try Oxbow.run(arguments, environment: ["XDG_CACHE_HOME": out.path + "/cache"])
    }

    @Test func aRunLeavesAPageAndEventsAndTheSamePageCanBeMadeAgain() throws {
        let result = try run()
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.split(separator: "\n").last == "\(folder)/report.html")
        let page = text("report.html")
        for words in ["Training report", "bars, round 2", "steps, round 2", "Cluster 1", "declared in the experiment"] {
            #expect(page.contains(words), "\(words) is missing")
        }
        for file in ["bars-round-001.png", "steps-round-002.png", "cluster-0-round-001.png", "cluster-1-round-002.png"] {
            #expect(FileManager.default.fileExists(atPath: "\(folder)/samples/\(file)"), "\(file) is missing")
        }
        let events = try FileManager.default.contentsOfDirectory(atPath: folder + "/tensorboard")
        #expect(events.count == 1 && events[0].hasPrefix("events.out.tfevents."))

        let again = try Oxbow.run(["report", folder, "--out", out.path + "/again.html"])
        #expect(again.code == 0, "\(again.errors)")
        #expect(try String(contentsOfFile: out.path + "/again.html", encoding: .utf8) == page)

        try FileManager.default.removeItem(atPath: folder + "/samples/bars-round-002.png")
        #expect(try Oxbow.run(["report", folder]).code == 0)
        #expect(text("report.html").contains("bars, round 1"))
    }

    private func expect(_ code: Int32, _ words: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let result = try Oxbow.run(["report", folder])
        #expect(result.code == code && result.sentence.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    }

    @Test func aFolderWithoutAReportIsRefusedInASentence() throws {
        try expect(4, "cannot be opened")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (content, words) in [
            ("", "not a report in JSON"), ("{}", "lacks '"), ("{\"version\": 1, \"origin\": 2}", "'origin'"),
        ] {
            try Data(content.utf8).write(to: URL(fileURLWithPath: folder + "/report.json"))
            try expect(4, words)
        }
    }
}
