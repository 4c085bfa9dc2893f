import OxbowProtocol
import Testing

@testable import OxbowTrace

@Suite struct LatencyTests {
    private func row(from: UInt64, to: UInt64) throws -> TraceStatistics.Latency {
        var table = LatencyTable()
        table.add(.init(tier: "small", exchange: .generatorActivations), from: from, to: to)
        return try #require(table.rows.first)
    }

    @Test func timesOfSecondsAndMinutesAreKept() throws {
        for seconds in [0.001, 3, 10, 600] as [Double] {
            let row = try row(from: 1_000_000, to: 1_000_000 + UInt64(seconds * 1e9))
            #expect(row.count == 1 && abs(row.p50Seconds / seconds - 1) < 0.002 && abs(row.maxSeconds / seconds - 1) < 0.002)
        }
    }

    @Test func timesBeyondAnHourCountAsOneAndTimesThatGoBackAsNone() throws {
        #expect(abs(try row(from: 0, to: 10_000_000_000_000).maxSeconds / 3600 - 1) < 0.002)
        #expect(try row(from: 5_000_000_000, to: 1).maxSeconds < 0.00001)
    }
}
