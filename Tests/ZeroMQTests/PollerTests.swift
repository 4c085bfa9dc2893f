import Foundation
import Testing

@testable import ZeroMQ

@Suite struct PollerTests {
    let fixture = Fixture()

    @Test func waitingEndsWhenTheTimeIsOver() throws {
        var poller = Poller()
        let token = poller.add(try Wakeup())
        let start = ContinuousClock.now
        #expect(poller.wait(.milliseconds(20)) == 0 && poller.ready(token).isEmpty)
        #expect(ContinuousClock.now - start >= .milliseconds(20))
        #expect(poller.wait(.zero) == 0)
    }

    @Test func anotherThreadWakesThePollingThread() throws {
        let wakeup = try Wakeup()
        var poller = Poller()
        let token = poller.add(wakeup)
        for _ in 0..<100 {
            Thread { wakeup.signal() }.start()
            #expect(poller.wait(.seconds(10)) == 1 && poller.ready(token) == .readable)
            wakeup.drain()
            #expect(poller.wait(.zero) == 0, "a drained wake-up is quiet")
        }
    }

    @Test func aSignalBeforeTheWaitIsNotLost() throws {
        let wakeup = try Wakeup()
        var poller = Poller()
        _ = poller.add(wakeup)
        wakeup.signal()
        wakeup.signal()
        #expect(poller.wait(nil) == 1)
        wakeup.drain()
        #expect(poller.wait(.zero) == 0)
    }

    @Test func oneOfSeveralIsToldFromTheOthers() throws {
        let router = try fixture.socket(.router)
        try router.bind("inproc://several")
        let quiet = try fixture.socket(.pair)
        try quiet.bind("inproc://quiet")
        let dealer = try fixture.socket(.dealer)
        try dealer.connect("inproc://several")
        var poller = Poller()
        let tokens = (poller.add(quiet), poller.add(router), poller.add(try Wakeup()))
        #expect(dealer.send([Message("x")]) == .sent)
        #expect(poller.wait(.seconds(10)) == 1)
        #expect(poller.ready(tokens.1) == .readable)
        #expect(poller.ready(tokens.0).isEmpty && poller.ready(tokens.2).isEmpty)
        poller.watch(tokens.1, for: [])
        #expect(poller.wait(.zero) == 0, "it is no longer looked at")
    }

    @Test func aSocketMayMoveToAnotherThreadOnceItIsLeft() throws {
        let socket = try fixture.socket(.pair)
        try socket.bind("inproc://moves")
        socket.leaveThread()
        let wakeup = try Wakeup()
        Thread {
            #expect(socket.receive() == nil)
            socket.leaveThread()
            wakeup.signal()
        }.start()
        var poller = Poller()
        _ = poller.add(wakeup)
        #expect(poller.wait(.seconds(10)) == 1)
        // Taking the signal orders memory; that the poller woke up does not.
        wakeup.drain()
        #expect(socket.receive() == nil)
    }

    @Test func aSocketUsedByTwoThreadsTraps() async {
        await #expect(processExitsWith: .failure) {
            let socket = try Socket(Context(), .pair)
            try socket.bind("inproc://shared")
            let done = DispatchSemaphore(value: 0)
            Thread {
                _ = socket.receive()
                done.signal()
            }.start()
            done.wait()
        }
    }

    @Test func timesAreRoundedUp() {
        #expect(Duration.microseconds(1).milliseconds == 1 && Duration.milliseconds(1500).milliseconds == 1500)
        #expect(Duration.zero.milliseconds == 0 && Duration.seconds(-1).milliseconds == 0)
        #expect(Duration.seconds(1 << 40).milliseconds == Int(Int32.max))
    }
}
