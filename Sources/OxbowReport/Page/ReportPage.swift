import OxbowModel

/// `report.html`: one file that fetches nothing and can be read without scripts (docs/report.md).
public struct ReportPage {
    let report: Report
    let pictures: [GridPicture]
    /// Names that people know workers by, by id.
    let names: [String: String]
    let model: ModelDescription?

    /// Above so many workers, tables and bars tell of groups, and curves become maps.
    static let manyWorkers = 24
    static let manyCurves = 8

    public init(_ report: Report, pictures: [GridPicture]) {
        self.report = report
        self.pictures = pictures
        names = Dictionary(report.workers.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let image = report.image ?? Report.ImageFacts(height: 28, width: 28, channels: 1, classes: 10)
        model = try? ModelDescription(
            report.experiment.modelParameters(
                height: image.height, width: image.width, channels: image.channels, classes: image.classes))
    }

    /// The file.
    public var html: String {
        let sections = [
            tiles, images, clusterImages, scores, lossCurves, clusters, fleet, membership, scheduling, time, workerScores, trust,
            numbers,
            configuration, repeating,
        ].compactMap { $0 }
        // Nothing may be fetched: the policy holds the page to that.
        let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="\(HTML(stringLiteral: policy))">
            <meta name="generator" content="Oxbow \(report.origin.release)">
            <title>\(title)</title>
            <style>
            \(HTML(stringLiteral: PageStyle.text))</style>
            </head>
            <body data-rounds="\(report.rounds.count)">
            \(heading(sections))
            <main>
            \(sections.map(\.html))
            </main>
            <footer>Written by Oxbow \(report.origin.release). The same numbers are in report.json, for programs.</footer>
            <script>\(HTML(stringLiteral: Self.script))</script>
            </body>
            </html>

            """
        return page.text
    }

    private var title: String {
        "Oxbow: \(report.isOfFleet ? "a fleet" : report.domainNames.joined(separator: ", ")), seed \(report.seed), \(Figures.date(report.started))"
    }

    /// The slider of each grid; the page is whole without it.
    private static let script = """
        for(const box of document.querySelectorAll('.grids')){
        const slider=box.querySelector('.slider'),input=slider&&slider.querySelector('input');if(!input)continue;
        const large=box.querySelector('.grid-picture img'),shown=slider.querySelector('output');
        const all=[...box.querySelectorAll('.strip img')].map(i=>[i.src,i.alt,i.dataset.round]);
        all.push([large.src,large.alt,large.dataset.round]);
        input.max=input.value=all.length-1;slider.hidden=false;
        input.oninput=()=>{const[s,a,r]=all[input.value];large.src=s;large.alt=a;shown.textContent='round '+r}}
        """

    func name(_ worker: String) -> String { names[worker] ?? worker }
    func rounds(_ value: (Report.Round) -> Double?) -> [(x: Int, y: Double)] {
        report.rounds.compactMap { round in value(round).map { (round.round, $0) } }
    }
}

/// A part of the page with a heading of its own.
struct PageSection {
    var id: String
    var title: String
    var lead: HTML = ""
    var body: HTML

    var html: HTML {
        let text: HTML = lead.isEmpty ? "" : "<p class=\"lead\">\(lead)</p>\n"
        return """
            <section aria-labelledby="\(id)">
            <h2 id="\(id)">\(title)</h2>
            \(text)\(body)
            </section>

            """
    }
}
