import Foundation
import OxbowReport

/// The report's files in a run's folder: `report.json`, `report.html`, `tensorboard/`, and the pictures in `samples/`.
struct ReportFolder {
    let path: String

    init(_ path: String) { self.path = URL(fileURLWithPath: path).standardizedFileURL.path }

    var json: String { path + "/report.json" }
    var page: String { path + "/report.html" }
    private var tensorBoard: String { path + "/tensorboard" }

    func write(_ report: Report) throws {
        try OutputFolder.write(try report.json(), to: json)
        let pictures = pictures(of: report)
        try writePage(report, pictures, to: page)
        try OutputFolder.make(tensorBoard)
        try OutputFolder.write(Data(report.events(pictures)), to: "\(tensorBoard)/\(report.eventFileName)")
    }

    /// Renders the page of a report that is there already.
    func render(to file: String) throws {
        guard let data = FileManager.default.contents(atPath: json) else {
            throw ReportError(json, "it cannot be opened")
        }
        let report = try Report(json: data, subject: json)
        try writePage(report, pictures(of: report), to: file)
    }

    private func writePage(_ report: Report, _ pictures: [GridPicture], to file: String) throws {
        try OutputFolder.write(Data(ReportPage(report, pictures: pictures).html.utf8), to: file)
    }

    /// Those that can be read: a page without a picture is better than none.
    private func pictures(of report: Report) -> [GridPicture] {
        report.pictures.compactMap { facts in
            // The name comes from a file: nothing outside of samples/ is looked at.
            let name = URL(fileURLWithPath: facts.file).lastPathComponent
            return FileManager.default.contents(atPath: "\(path)/samples/\(name)").flatMap {
                GridPicture(facts, png: [UInt8]($0))
            }
        }
    }
}
