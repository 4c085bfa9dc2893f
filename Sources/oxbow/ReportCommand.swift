import ArgumentParser
import OxbowReport

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Renders a run's report.html again, from its report.json and samples.",
        discussion: """
            Exit code 4 if the folder holds no report that this release can read.
            Example: oxbow report runs/mine
            Example: oxbow report runs/mine --out page.html
            """)

    @Argument(help: "The folder that a run left.", completion: .directory) var folder: String

    @Option(help: "The page. Default: report.html in the folder.", completion: .file()) var out: String?

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        let folder = ReportFolder(folder)
        let page = out ?? folder.page
        try folder.render(to: page)
        switch format {
        case .json: try printJSON(["report": page])
        case .text: print(page)
        }
    }
}
