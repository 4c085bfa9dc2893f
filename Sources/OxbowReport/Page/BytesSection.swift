/// What went over the wire.
extension ReportPage {
    var bytesText: String {
        let total = report.rounds.reduce(0.0) { $0 + Double($1.bytes.up) + Double($1.bytes.down) }
        return "\(Figures.bytes(total)) went over the wire, \(Figures.bytes(report.wire.bytesPerWorkerStep)) for each worker "
            + "and step, as \(report.wire.encoding)."
    }

    var bytesByWorker: HTML {
        let isMany = report.workers.count > Self.manyWorkers
        let parts = [StackedBars.Part(name: "up", colour: 0), .init(name: "down", colour: 1)]
        let bars = StackedBars(
            subject: "Bytes up and down", parts: parts, bars: isMany ? tierBars : workerBars, text: Figures.bytes)
        return chart(
            isMany ? "Bytes by tier" : "Bytes by worker",
            isMany ? "means over a tier's workers, whole run" : "whole run",
            legend: legend([("up, to the core", "c0"), ("down, from the core", "c1")]), bars.svg)
    }

    private var workerBars: [StackedBars.Bar] {
        report.workers.map { .init(name: $0.name, values: [Double($0.bytesSent), Double($0.bytesReceived)]) }
    }

    private var tierBars: [StackedBars.Bar] {
        tiers.map { tier, workers in
            func mean(_ part: KeyPath<Report.Worker, UInt64>) -> Double {
                workers.reduce(0) { $0 + Double($1[keyPath: part]) } / Double(workers.count)
            }
            return .init(name: tier, values: [mean(\.bytesSent), mean(\.bytesReceived)])
        }
    }

    var bytesByRound: HTML {
        let unit = ByteUnit(largest: report.rounds.map { Double(max($0.bytes.up, $0.bytes.down)) }.max() ?? 0)
        let drawn = LineChart(
            subject: "\(unit.name) of all workers",
            series: [
                .init(name: "up", colour: 0, points: rounds { Double($0.bytes.up) / unit.size }),
                .init(name: "down", colour: 1, points: rounds { Double($0.bytes.down) / unit.size }),
            ], fromZero: true, namesAtEnds: true)
        return chart("Bytes by round", "\(unit.name), all workers, barrier included", drawn.svg)
    }
}
