import Foundation
import OxbowReport
import Testing

@testable import oxbow

@Suite struct ProcessUsageTests {
    @Test func theKernelsFilesAreRead() {
        #expect(ProcessUsage.peak("Name:\toxbow\nVmPeak:\t  999 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 1 kB\n") == 1234 * 1024)
        #expect(ProcessUsage.peak("Name:\tkthreadd\n") == nil)
        let stat = "77 (a ) (b) S 1 77 77 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 12345 1000 200"
        #expect(ProcessUsage.ticks(stat) == 300)
        #expect(ProcessUsage.ticks("77 (a) S 1") == nil)
        #expect(ProcessUsage.ticks("") == nil)
    }

    @Test func thisProcessUsesSomething() throws {
        let usage = try #require(ProcessUsage(pid: ProcessInfo.processInfo.processIdentifier))
        #expect(usage.peakBytes > 1 << 20)
        #expect(usage.cpuSeconds >= 0)
        #expect(ProcessUsage(pid: -1) == nil)
    }
}
