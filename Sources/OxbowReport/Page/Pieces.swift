/// Pieces that several sections are made of.
extension ReportPage {
    /// A chart with its caption and, above it, the legend.
    func chart(_ caption: String, _ explanation: String, legend: HTML = "", _ svg: HTML) -> HTML {
        let small: HTML = explanation.isEmpty ? "" : "<small>\(explanation)</small>"
        return """
            <figure class="card"><figcaption>\(caption)\(small)</figcaption>\(legend)\(svg)</figure>

            """
    }

    func legend(_ entries: [(name: String, style: String)]) -> HTML {
        guard !entries.isEmpty else { return "" }
        let items = entries.map { entry -> HTML in
            "<li><i class=\"\(entry.style)\"></i>\(entry.name)</li>"
        }
        return "<ul class=\"legend\">\(items)</ul>"
    }

    /// A table that scrolls inside its own frame; columns whose name starts with a blank hold numbers.
    func table(_ caption: String, _ columns: [String], _ rows: [[HTML]]) -> HTML {
        let numeric = columns.map { $0.hasPrefix(" ") }
        let head = zip(columns, numeric).map { column, isNumber -> HTML in
            isNumber ? "<th scope=\"col\" class=\"n\">\(column)</th>" : "<th scope=\"col\">\(column)</th>"
        }
        let body = rows.map { row -> HTML in
            let cells = row.enumerated().map { index, cell -> HTML in
                if index == 0 { return "<th scope=\"row\">\(Self.foldable(cell))</th>" }
                return numeric[index] ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>

            """
    }

    /// Names of usual length stay on one line; others would push everything else out of sight.
    private static func foldable(_ name: HTML) -> HTML {
        name.text.count > 26 ? "<span class=\"long-name\">\(name)</span>" : name
    }

    func details(_ summary: String, _ body: HTML) -> HTML {
        "<details><summary>\(summary)</summary>\n\(body)</details>\n"
    }

    func facts(_ entries: [(name: String, value: HTML)]) -> HTML {
        "<dl class=\"facts\">\(items(entries))</dl>"
    }

    func items(_ entries: [(name: String, value: HTML)]) -> [HTML] {
        entries.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" }
    }

    /// Text of a number that may not be there.
    func text(_ value: Double?, _ write: (Double) -> String) -> HTML { value.map { "\(write($0))" } ?? "–" }
}
