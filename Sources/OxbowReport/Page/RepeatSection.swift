extension ReportPage {
    /// The effective configuration.
    var configuration: PageSection? {
        PageSection(
            id: "configuration", title: "Configuration",
            lead: "Every key with the value that it had; experiment.yaml in the run's folder is this file.",
            body: "<div class=\"card\">\(details("Show", "<pre>\(report.experiment.yaml)</pre>\n"))</div>\n")
    }

    /// How to get the same again.
    var repeating: PageSection? { report.isOfFleet ? repeatingInFleet : repeatingHere }

    private var repeatingInFleet: PageSection {
        PageSection(
            id: "repeat", title: "How to run this again",
            body: """
                <div class="card">
                <p>With experiment.yaml from this run's folder, at a broker:</p>
                <pre class="wrap">oxbow submit experiment.yaml --name AGAIN</pre>
                <p>The same workers with the same data, coming and going at the same steps, give the same bits; in a fleet nobody \
                repeats that. What was written down of it is above and in log.jsonl.</p>
                </div>

                """)
    }

    private var repeatingHere: PageSection {
        let hash: HTML = report.stateHash.map { " It must end with state hash <code>\($0)</code>." } ?? ""
        let seedLine = "oxbow run experiment.yaml --seed \(report.seed &+ 1) --out ANOTHER"
        return PageSection(
            id: "repeat", title: "How to repeat this run",
            body: """
                <div class="card">
                <p>As it was started, with another folder for the results:</p>
                <pre class="wrap">\(Self.commandLine(report.origin.arguments)) --out AGAIN</pre>
                <p>Or from what the run left, which stays the same when presets change:</p>
                <pre class="wrap">oxbow run experiment.yaml --out AGAIN</pre>
                <p>With another seed:</p>
                <pre class="wrap">\(seedLine)</pre>
                <p>The same build (Oxbow \(report.origin.release)), libraries and instruction set \
                (\(report.origin.kernels)) give the same bits, on whatever number of cores and over ipc or tcp.\(hash) Another \
                instruction set rounds differently: curves are alike then, hashes are not.</p>
                </div>

                """)
    }

    /// A line for a shell.
    static func commandLine(_ arguments: [String]) -> String {
        (["oxbow"] + arguments).map(quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || "-_./=,:+@%".utf8.contains(byte)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
