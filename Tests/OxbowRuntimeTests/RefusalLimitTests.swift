import OxbowProtocol
import Testing

@testable import OxbowRuntime

@Suite struct RefusalLimitTests {
    @Test func someOfEachCodeAreToldEachSecondAndTheRestIsCounted() {
        var limit = RefusalLimit()
        let told = (0..<1000).count { _ in limit.tells(.malformed, at: .milliseconds(100)) }
        #expect(told == 8)
        let isRareOneTold = limit.tells(.wrongSender, at: .milliseconds(200))
        #expect(isRareOneTold)
        let untold = (limit.takeUntold(), limit.takeUntold())
        #expect(untold.0 == 992 && untold.1 == nil)
        let isToldLater = limit.tells(.malformed, at: .milliseconds(1100))
        #expect(isToldLater)
    }
}
