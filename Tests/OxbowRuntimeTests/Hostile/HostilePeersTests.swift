import OxbowFleet
import OxbowProtocol
import OxbowSimulation
import OxbowTestSupport
import OxbowWire
import Testing

@testable import OxbowRuntime

/// Nothing a peer sends stops the broker, changes the run of others, or grows what the broker holds without bound.
@Suite struct HostilePeersTests {
    @Test func anHonestFleetTrainsToItsEndAmongHostilePeers() throws {
        let fleet = NumericFleet()
        let expected = StateDigest.stateHash(fleet.simulate(0, .none).digests)
        let outcome = try BesiegedFleet(fleet, HostilePeer.all).run()
        #expect(outcome.wasFinished)
        #expect(StateDigest.stateHash(outcome.digests) == expected)
        #expect(outcome.attacks.keys.sorted() == HostilePeer.all.map(\.name).sorted())
        // Each was heard, and told.
        #expect(outcome.refusals.isSuperset(of: [.malformed, .notWelcome, .wrongSender, .staleSession]), "\(outcome.refusals)")
        #expect(outcome.stored.isEmpty, "an edge has left files: \(outcome.stored)")
        #expect(outcome.requests.requests > 0 && outcome.requests.refused > 0)
        // One receiver's own messages, and what strangers are owed beside it.
        #expect(outcome.extent.waitingBytes < 64 << 20, "\(outcome.extent)")
        #expect(outcome.extent.waitingMessages < 8 * 1024, "\(outcome.extent)")
        // Those of the fleet, and every name that was made up.
        #expect(outcome.extent.members <= 400, "\(outcome.extent)")
    }

    @Test func anHonestFleetTrainsToItsEndInAFloodOfConnections() throws {
        let fleet = NumericFleet()
        let expected = StateDigest.stateHash(fleet.simulate(0, .none).digests)
        let outcome = try BesiegedFleet(fleet, [.manyConnections, .silentConnections], mostConnections: 40).run()
        #expect(outcome.wasFinished)
        #expect(StateDigest.stateHash(outcome.digests) == expected)
        // One more than the limit until the newest is seen, and those that the monitor has not told of yet.
        #expect(outcome.extent.connections <= 41, "\(outcome.extent)")
        // 400 are held before the first is closed, whatever the pace.
        #expect(outcome.extent.endedConnections >= 100, "\(outcome.extent)")
        // The listening one, and those that are told of or closed a moment later: how many hangs on the pace. 400 would be there.
        #expect((10..<300).contains(outcome.extent.descriptors), "\(outcome.extent)")
    }

    @Test func anHonestFleetTrainsToItsEndAmongHellosWithoutEnd() throws {
        let fleet = NumericFleet()
        let expected = StateDigest.stateHash(fleet.simulate(0, .none).digests)
        let outcome = try BesiegedFleet(fleet, [.freshNames, .comingBack], sessionsAtOnce: 20).run()
        #expect(outcome.wasFinished)
        #expect(StateDigest.stateHash(outcome.digests) == expected)
        #expect(outcome.refusals.contains(.notWelcome))
        // Beside those at once, 32 for each second that the test takes; 500 asked in the first pass alone.
        #expect(outcome.extent.members < 20 + 6 + 32 * Int(outcome.seconds + 1), "\(outcome.extent)")
    }
}
