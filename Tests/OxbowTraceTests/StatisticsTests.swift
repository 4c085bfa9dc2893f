import OxbowProtocol
import OxbowWire
import Testing

@testable import OxbowTrace

@Suite struct StatisticsTests {
    private let file = TraceFileSample()

    private func statistics(_ records: [TraceRecord]) throws -> TraceStatistics {
        try file.write(records.map { ($0, nil) })
        return TraceStatistics(try TraceReader(file.path))
    }

    private func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-6 }

    @Test func thePartsOfAKnownRunAreThoseThatItWasMadeOf() throws {
        let statistics = try statistics(SyntheticRun().records)
        #expect(near(statistics.seconds, 0.286) && near(statistics.closure, 1))
        let parts = statistics.parts
        #expect(near(parts.wait, 0.05) && near(parts.queue, 0.014) && near(parts.save, 0.04))
        #expect(near(parts.computeEdge, 0.072 + 0.02 - 0.036 / 11) && near(parts.codec, 0.012))
        #expect(near(parts.computeCore, 0.018 + 0.003) && near(parts.wire, 0.036 + 0.018 + 0.036 / 11 + 0.003))
        #expect(near(parts.sum, statistics.seconds))
        #expect(statistics.outcome == "finished" && statistics.stateHash == "ab" && statistics.fault == nil)
    }

    @Test func theCriticalPathNamesWhomAllWaitedFor() throws {
        let statistics = try statistics(SyntheticRun().records)
        #expect(statistics.rounds.count == 1)
        let round = try #require(statistics.rounds.first)
        #expect(round.round == 1 && round.isCommitted && near(round.parts.sum, round.seconds))
        #expect(round.path.map(\.member) == ["worker-1", "core-0"] && round.path.map(\.times) == [7, 7])
        #expect(near(round.path[0].seconds, 0.14 + 0.04) && near(round.path[1].seconds, 0.042))
    }

    @Test func countsAndLatenciesAreByExchangeAndTier() throws {
        let statistics = try statistics(SyntheticRun().records)
        for exchange in 1...7 {
            for way in ["up", "down"] {
                let row = try #require(statistics.traffic.first { $0.kind == "exchange \(exchange) \(way)" })
                #expect(row.received == 2 && row.sent == 2 && row.receivedBytes == 2000 && row.sentBytes == 2000)
            }
        }
        #expect(statistics.traffic.first { $0.kind == "metrics" }?.received == 3)
        let slow = try #require(statistics.latencies.first { $0.tier == "small" && $0.exchange == 2 })
        #expect(slow.count == 1 && abs(slow.p50Seconds - 0.02) < 0.0001 && slow.maxSeconds == slow.p99Seconds)
        #expect(statistics.latencies.first { $0.tier == "core" && $0.exchange == 2 }?.count == 2)
        #expect(Set(statistics.latencies.map(\.tier)) == ["core", "large", "small"])
    }

    /// Whatever is missing, doubled or in disorder: the parts stay a partition of the time, and nothing traps.
    @Test func thePartsCloseWhateverIsMissing() throws {
        let whole = SyntheticRun().records
        for seed in 0..<60 {
            var records = [whole[0]]
            for (index, record) in whole.enumerated().dropFirst() {
                let draw = (index &* 2_654_435_761 &+ seed &* 40_503) >> 7 & 15
                if draw == 0 { continue }
                records.append(record)
                if draw == 1 { records.append(record) }
                if draw == 2 { records[records.count - 1].time_ns = UInt64(seed) << 40 }
                if draw == 3, records.count > 2 { records.swapAt(records.count - 1, records.count - 2) }
            }
            var collector = StatisticsCollector()
            for record in records { collector.take(record) }
            collector.finish()
            var statistics = try statistics([whole[0]])
            collector.fill(&statistics)
            #expect(abs(statistics.closure - 1) < 0.001, "seed \(seed): \(statistics.closure)")
            for round in statistics.rounds { #expect(abs(round.parts.sum - round.seconds) < 1e-6 * max(1, round.seconds)) }
        }
    }

    @Test func aTraceThatStopsEarlyStillCloses() throws {
        let whole = SyntheticRun().records
        for count in 1..<whole.count {
            let statistics = try statistics(Array(whole.prefix(count)))
            #expect(statistics.fault != nil && near(statistics.parts.sum, statistics.seconds), "\(count) records")
        }
    }

    @Test func timeOfWorkThatWasGivenUpIsWaiting() throws {
        let whole = SyntheticRun().records
        let second = try #require(whole.indices.filter { whole[$0].note != nil }.dropFirst().first)
        // The first half is ordered again, under a new term, without having been committed.
        var records = Array(whole[..<second].filter { if case .committed? = $0.decision { false } else { true } })
        let half = HalfStep(round: 1, step: 0, half: .discriminator)
        let order = StepControl(term: 2, members: [0], commit: .nothing, next: .half(half, regenerate: false))
        records.append(
            TraceRecord(time_ns: whole[second].time_ns + 1_000_000, .note(TraceJSON.text(BrokerNote.ordered(order)))))
        let parts = try statistics(records).parts
        #expect(near(parts.sum, 0.05 + 0.084 + 0.001))
        // From the last message up on nothing came to be committed.
        #expect(near(parts.wait, 0.05 + 0.009))
    }

    /// Seconds after the last barrier belong to no round.
    @Test func whatIsAfterTheLastRoundHasNoNumber() throws {
        var records = SyntheticRun().records
        records[records.count - 1].time_ns += 5_000_000
        let rounds = try statistics(records).rounds
        #expect(rounds.map(\.round) == [1, nil] && near(rounds[1].seconds, 0.005))
    }

    @Test func membersHaveTheirOwnNamesToo() throws {
        let file = TraceFileSample()
        try file.write(SyntheticRun().records.map { ($0, nil) })
        let names = TraceNames(try TraceReader(file.path))
        #expect(names.all == ["worker-0 (w0)", "worker-1 (w1)", "core-0"])
        #expect(names.members(named: "w1") == [.edge(1)] && names.members(named: "worker-1") == [.edge(1)])
        #expect(names.members(named: "worker-2").isEmpty)
    }

    @Test func filtersAreConditionsThatAllMustHold() throws {
        let records = SyntheticRun().records
        func count(_ filter: TraceFilter) -> Int { records.count { filter.passes($0, at: $0.seconds) } }
        #expect(count(TraceFilter()) == records.count)
        #expect(count(TraceFilter(exchange: 3)) == 8 && count(TraceFilter(members: [.edge(1)], exchange: 3)) == 4)
        #expect(count(TraceFilter(controlOnly: true)) == 6 && count(TraceFilter(round: 2)) == 0)
        #expect(count(TraceFilter(members: [.edge(0)], controlOnly: true)) == 2)
        #expect(count(TraceFilter(from: 0.05, to: 0.05)) == 1)
        #expect(count(TraceFilter(round: 1)) == records.count - 5)
    }
}
