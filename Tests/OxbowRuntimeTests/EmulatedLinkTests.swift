import OxbowScheduling
import Testing

@testable import OxbowRuntime

@Suite struct EmulatedLinkTests {
    @Test func bytesPassAtTheLinksRateOneMessageAfterTheOther() {
        var bucket = TokenBucket(bytesPerSecond: 1000)
        #expect(bucket.take(500, at: .seconds(1)) == .milliseconds(1500))
        #expect(bucket.take(500, at: .milliseconds(1100)) == .seconds(2))
        // After a pause nothing is left of it.
        #expect(bucket.take(1000, at: .seconds(10)) == .seconds(11))
        #expect(bucket.take(0, at: .seconds(12)) == .seconds(12))
    }

    @Test func aBurstPassesAtOnceAfterAPause() {
        var bucket = TokenBucket(bytesPerSecond: 1000, burst: 400)
        #expect(bucket.take(400, at: .zero) == .zero)
        #expect(bucket.take(100, at: .zero) == .milliseconds(100))
        #expect(bucket.take(300, at: .seconds(5)) == .seconds(5))
        #expect(bucket.take(200, at: .seconds(5)) == .milliseconds(5100))
    }

    @Test func anAbsurdRateIsOnlySlow() {
        var bucket = TokenBucket(bytesPerSecond: .leastNormalMagnitude, burst: 1)
        #expect(bucket.take(1 << 40, at: .zero) >= .zero)
        #expect(bucket.take(1 << 40, at: .zero) > .seconds(1e8))
    }

    /// Over a long time no more passes than the rate and one burst, whatever the sizes.
    @Test func noMorePassesThanTheRate() {
        var bucket = TokenBucket(bytesPerSecond: 1e6, burst: 5000)
        var sent = 0
        var last = Duration.zero
        for index in 0..<1000 {
            let bytes = (index * 7919) % 20_000
            let passed = bucket.take(bytes, at: last)
            #expect(passed >= last)
            last = passed
            sent += bytes
            #expect(Double(sent) <= 5000.001 + 1e6 * (last / .seconds(1)))
        }
    }

    @Test func aMessageArrivesALatencyAfterItsBytes() {
        var queue = PacedQueue<String>(EmulatedLink(bytesPerSecond: 1000, latency: .milliseconds(250)))
        #expect(queue.nextChange(after: .zero) == nil && !queue.isBusy(at: .zero))
        queue.add("a", bytes: 1000, at: .zero)
        #expect(queue.isBusy(at: .milliseconds(999)) && !queue.isBusy(at: .seconds(1)))
        #expect(queue.nextChange(after: .zero) == .seconds(1))
        // The next one's bytes pass while the first is still on its way.
        queue.add("b", bytes: 100, at: .seconds(1))
        #expect(queue.nextChange(after: .seconds(1)) == .milliseconds(1100))
        #expect(queue.arrived(at: .milliseconds(1249)).isEmpty)
        #expect(queue.arrived(at: .milliseconds(1250)) == ["a"])
        #expect(queue.nextChange(after: .milliseconds(1250)) == .milliseconds(1350))
        #expect(queue.arrived(at: .seconds(9)) == ["b"])
        #expect(queue.nextChange(after: .seconds(9)) == nil)
    }

    @Test func nothingArrivesOverAConnectionThatIsGone() {
        var link = PacedLink<Int>(EmulatedLink(Device(gflops: 1, bytesPerSecond: 1000, latencySeconds: 0.5)))
        link.up.add(1, bytes: 1000, at: .zero)
        link.down.add(2, bytes: 100, at: .zero)
        #expect(link.nextChange(after: .zero) == .milliseconds(100))
        link.removeAll()
        #expect(link.up.arrived(at: .seconds(9)).isEmpty && link.down.arrived(at: .seconds(9)).isEmpty)
    }
}
