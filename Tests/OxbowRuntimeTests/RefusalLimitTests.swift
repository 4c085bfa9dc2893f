import Testing

@testable import OxbowRuntime

@Suite struct RefusalLimitTests {
    @Test func someAreToldEachSecondAndAllAreCounted() {
        var limit = RefusalLimit()
        #expect((0..<1000).count { _ in limit.tells(at: .milliseconds(100)) } == 32)
        #expect(limit.takeUntold() == 968)
        #expect(limit.takeUntold() == nil)
        #expect(limit.tells(at: .milliseconds(1100)))
        #expect(limit.count == 1001)
    }
}
