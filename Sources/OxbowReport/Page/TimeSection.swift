extension ReportPage {
    private static let parts = [
        StackedBars.Part(name: "compute", colour: 0), .init(name: "wire", colour: 1),
        .init(name: "wait", colour: Palette.neutral),
    ]

    /// Where the time went.
    var time: PageSection? {
        guard !report.rounds.isEmpty else { return nil }
        let step = report.throughput.stepSeconds
        let charts = [
            chart(
                report.workers.count > Self.manyWorkers ? "Time by tier" : "Time by member",
                report.workers.count > Self.manyWorkers ? "means over a tier's workers, and the core" : "over all steps",
                legend: legend(Self.parts.map { (name: $0.name, style: "c\($0.colour)") }), members.svg),
            bytesByWorker, bytesByRound,
        ]
        return PageSection(
            id: "time", title: "Time and bytes",
            lead: """
                A step took \(Figures.duration(step.median)) (median; 95 % took less than \(Figures.duration(step.p95))). Wire is \
                encoding and decoding. Wait is the time until the next message: while others compute and while bytes are under way. \
                \(bytesText)
                """,
            body: "<div class=\"row\">\n\(charts)</div>\n\(timeTable)\n\(processTable)")
    }

    private var members: StackedBars {
        StackedBars(
            subject: "Time by compute, wire and wait", parts: Self.parts,
            bars: (workerBars + [("core", report.core.secondsBy)]).map { name, seconds in
                StackedBars.Bar(name: name, values: [seconds.compute, seconds.wire, seconds.wait])
            }, text: Figures.duration)
    }

    private var workerBars: [(String, Report.MemberSeconds)] {
        guard report.workers.count > Self.manyWorkers else { return report.workers.map { ($0.name, $0.secondsBy) } }
        return tiers.map { tier, workers in
            func mean(_ part: KeyPath<Report.MemberSeconds, Double>) -> Double {
                workers.reduce(0) { $0 + $1.secondsBy[keyPath: part] } / Double(workers.count)
            }
            return (tier, Report.MemberSeconds(compute: mean(\.compute), wire: mean(\.wire), wait: mean(\.wait)))
        }
    }

    /// Workers by tier, in the order of their slots.
    var tiers: [(name: String, workers: [Report.Worker])] {
        var names: [String] = []
        for worker in report.workers where !names.contains(worker.tier) { names.append(worker.tier) }
        return names.map { name in (name, report.workers.filter { $0.tier == name }) }
    }

    var roundSeconds: LineChart {
        LineChart(
            subject: "seconds of a round",
            series: [
                .init(name: "round", colour: 5, points: rounds { $0.seconds }),
                .init(name: "workers", colour: 0, points: rounds { $0.secondsBy.computeEdge }),
                .init(name: "core", colour: 2, points: rounds { $0.secondsBy.computeCore }),
                .init(name: "wire", colour: 1, points: rounds { $0.secondsBy.wire }),
                .init(name: "wait", colour: 4, points: rounds { $0.secondsBy.wait }),
            ], fromZero: true, namesAtEnds: true)
    }

    private var timeTable: HTML {
        let all = report.workers.map { ($0.name, $0.secondsBy) } + [("core", report.core.secondsBy)]
        let rows = all.map { name, seconds -> [HTML] in
            ["\(name)"]
                + [seconds.compute, seconds.wire, seconds.wait, seconds.total].map { "\(Figures.duration($0))" }
        }
        return details(
            "Every member in numbers",
            table("Time of each member", ["Member", " Compute", " Wire", " Wait", " Together"], rows))
    }

    private var processTable: HTML {
        guard !report.processes.isEmpty else { return "" }
        let rows = report.processes.sorted { $0.key < $1.key }.map { name, usage -> [HTML] in
            ["\(name)", "\(Figures.bytes(Double(usage.peakBytes)))", "\(Figures.duration(usage.cpuSeconds))"]
        }
        return details(
            "Memory and processor time",
            table("What each process used", ["Process", " Peak memory", " Processor time"], rows))
    }
}
