import Testing
import ZeroMQ

@Suite struct AlarmTests {
    @Test func anAlarmEndsAWaitUntilItIsSetAgain() throws {
        let alarm = try Alarm()
        var poller = Poller()
        let token = poller.add(alarm)
        #expect(poller.wait(.zero) == 0)
        for delay in [Duration.zero, .microseconds(300), .seconds(-1)] {
            alarm.set(after: delay)
            #expect(poller.wait(.seconds(60)) == 1)
            #expect(poller.ready(token) == .readable)
            #expect(poller.wait(.zero) == 1)
            alarm.set(after: nil)
            #expect(poller.wait(.zero) == 0)
        }
    }
}
