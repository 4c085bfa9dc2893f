import Foundation
import OxbowModel
import Testing

@testable import OxbowReport

@Suite struct AxisTests {
    @Test(arguments: [[0.3, 9.7], [-4, 4], [1e-9, 3e-9], [123_456, 123_460], [5], [0], [-7, -7], [1e18, 3e18]])
    func ticksCoverTheNumbersAndDiffer(_ values: [Double]) throws {
        let axis = try #require(Axis(around: values))
        #expect(values.allSatisfy { axis.lowest <= $0 && $0 <= axis.highest })
        #expect((2...8).contains(axis.ticks.count), "\(axis.ticks)")
        #expect(Set(axis.ticks.map(axis.text)).count == axis.ticks.count, "\(axis.ticks.map(axis.text))")
        #expect(axis.ticks.first == axis.lowest && axis.ticks.last == axis.highest)
    }

    @Test func ticksAreRoundAndSayWhatTheyAre() throws {
        #expect(try #require(Axis(around: [0, 9.76])).ticks.count == 6)
        let axis = try #require(Axis(around: [0.02, 0.98], fromZero: true))
        #expect(axis.ticks.map(axis.text) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(axis.share(0) == 0 && axis.share(1) == 1)
    }

    @Test func whatIsNoNumberIsLeftOut() throws {
        #expect(Axis(around: []) == nil)
        #expect(Axis(around: [.nan, .infinity, -.infinity, 1e305]) == nil)
        let axis = try #require(Axis(around: [.nan, 2, .infinity, 3]))
        #expect(axis.lowest == 2 && axis.highest == 3)
    }

    @Test func roundsHaveWholeTicks() {
        #expect(Axis(wholes: 1...4).ticks == [1, 2, 3, 4])
        #expect(Axis(wholes: 1...50).ticks == [1, 10, 20, 30, 40, 50])
        #expect(Axis(wholes: 7...7).ticks == [7] && Axis(wholes: 7...7).share(7) == 0.5)
        #expect(Axis(wholes: 1...100_000).ticks.count <= 9)
    }
}

@Suite struct ChartTests {
    private func chart(_ points: [(x: Int, y: Double)]) -> String {
        LineChart(subject: "loss", series: [.init(name: "G", colour: 0, points: points)]).svg.text
    }

    private func count(_ part: String, _ text: String) -> Int { text.components(separatedBy: part).count - 1 }

    @Test func aGapIsLeftWhereANumberIsNone() {
        let text = chart([(1, 1), (2, 2), (3, .nan), (4, 1), (5, 3), (6, .infinity)])
        #expect(count("<polyline", text) == 2)
        #expect(count("<circle", text) == 4)
    }

    @Test func oneRoundIsAMark() {
        let text = chart([(1, 0.5)])
        #expect(count("<polyline", text) == 0 && count("<circle", text) == 1)
        #expect(text.contains("loss by round: 0.500 in round 1"))
    }

    @Test func nothingToDrawIsSaid() {
        for points in [[], [(x: 1, y: Double.nan)]] { #expect(chart(points).contains("no numbers")) }
    }

    @Test func everythingIsInsideTheFrame() throws {
        let chart = LineChart(
            subject: "x",
            series: (0..<6).map { .init(name: "worker-\($0)", colour: $0, points: [(1, 0.01), (90, Double($0) * 1e-7)]) },
            levels: [.init(name: "real", value: 0.02)], namesAtEnds: true)
        let text = chart.svg.text
        for attribute in ["x", "x1", "x2", "cx"] {
            for match in text.matches(of: try Regex(" \(attribute)=\"([^\"]*)\"")) {
                let value = try #require(Double(String(match.output[1].substring ?? "")))
                #expect((0...Plot.width).contains(value))
            }
        }
    }

    @Test func namesAtTheEndsAreMovedApart() {
        #expect(LineChart.apart([10, 11, 50], by: 13, from: 0, to: 100) == [10, 23, 50])
        #expect(LineChart.apart([95, 96, 97], by: 13, from: 0, to: 100) == [74, 87, 100])
        #expect(LineChart.apart([], by: 13, from: 0, to: 100) == [])
        let crowded = LineChart.apart([Double](repeating: 50, count: 20), by: 13, from: 0, to: 100)
        #expect(crowded.allSatisfy { (0...100).contains($0) })
    }

    @Test func barsTakeNoRoomForWhatIsNone() {
        let bars = StackedBars(
            subject: "time", parts: [.init(name: "compute", colour: 0), .init(name: "wait", colour: 8)],
            bars: [.init(name: "a", values: [3, 1]), .init(name: "b", values: [.nan, -2])], text: { "\($0) s" })
        #expect(count("<rect", bars.svg.text) == 2)
        #expect(bars.svg.text.contains("4.0 s") && bars.svg.text.contains("0.0 s"))
        #expect(StackedBars(subject: "time", parts: [], bars: [], text: { "\($0)" }).svg.text.contains("no numbers"))
    }

    @Test func aMapHasOnePathForEachColour() {
        let rows = (0..<100).map { row in
            CellMap.Row(name: "worker-\(row)", band: "cluster \(row / 50)", cells: (0..<50).map { .shade(Double($0) / 50) })
        }
        let text = CellMap(subject: "divergence", columns: Array(1...50), rows: rows).svg.text
        #expect(count("<path", text) == CellMap.shades)
        #expect(count("cluster 0", text) == 1 && !text.contains("worker-7"))
        #expect(CellMap.style(.shade(.nan)) == nil && CellMap.style(.shade(7)) == "heat h7" && CellMap.style(.nothing) == nil)
        #expect(CellMap(subject: "x", columns: [], rows: []).svg.text.contains("no numbers"))
    }

    @Test func theUShowsWhatStaysAtHome() throws {
        let model = try ModelDescription(ModelParameters())
        let picture = try #require(UPicture([0, 1, 1, 0], model))
        #expect(picture.spoken.contains("G: blocks 0, 3, 4 at the worker") && picture.spoken.contains("D: blocks 0, 1, 4 at"))
        #expect(count("class=\"home\"", picture.svg.text) == 6 && count("class=\"away\"", picture.svg.text) == 4)
        #expect(UPicture([9, 0, 0, 0], model) == nil && UPicture([1], model) == nil)
    }
}
