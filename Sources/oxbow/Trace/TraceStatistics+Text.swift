import Foundation
import OxbowTrace

/// Statistics for people.
extension TraceStatistics {
    var lines: [String] {
        var lines = ["run \(run): \(outcome ?? "no end"), \(records) records, \(Self.seconds(seconds))", ""]
        lines += trafficLines + [""] + latencyLines + [""] + roundLines + [""] + pathLines
        lines.append(String(format: "the parts are %.3f %% of the wall clock", closure * 100))
        return lines
    }

    private static func seconds(_ value: Double) -> String {
        value < 1 ? String(format: "%.2f ms", value * 1000) : String(format: "%.3f s", value)
    }

    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
    }

    private var trafficLines: [String] {
        Self.table(
            [["messages", "received", "bytes", "sent", "bytes"]]
                + traffic.map { [$0.kind, "\($0.received)", "\($0.receivedBytes)", "\($0.sent)", "\($0.sentBytes)"] })
    }

    private var latencyLines: [String] {
        Self.table(
            [["answers", "exchange", "count", "p50", "p90", "p99", "max"]]
                + latencies.map { row in
                    [row.tier, "\(row.exchange)", "\(row.count)"]
                        + [row.p50Seconds, row.p90Seconds, row.p99Seconds, row.maxSeconds].map(Self.seconds)
                })
    }

    private var roundLines: [String] {
        let head = ["seconds", "wall", "compute edge", "compute core", "codec", "wire", "queue", "save", "wait"]
        let rows = rounds.map {
            [Self.name($0) + ($0.round == nil || $0.isCommitted ? "" : ", open")] + Self.cells($0.seconds, $0.parts)
        }
        return Self.table([head] + rows + [["all"] + Self.cells(seconds, parts)])
    }

    private static func name(_ round: RoundTime) -> String { round.round.map { "round \($0)" } ?? "after" }

    private static func cells(_ seconds: Double, _ parts: RoundTime.Parts) -> [String] {
        [
            seconds, parts.computeEdge, parts.computeCore, parts.codec, parts.wire, parts.queue, parts.save, parts.wait,
        ].map { String(format: "%.3f", $0) }
    }

    /// The longest of each round's critical path.
    private var pathLines: [String] {
        var rows = [["all waited for", "member", "times", "seconds", "compute", "codec", "wire", "save"]]
        for round in rounds {
            for entry in round.path.prefix(4) {
                rows.append(
                    [Self.name(round), entry.member, "\(entry.times)"]
                        + [entry.seconds, entry.compute, entry.codec, entry.wire, entry.save].map { String(format: "%.3f", $0) })
            }
        }
        return Self.table(rows) + [""]
    }
}
