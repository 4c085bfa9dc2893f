import Foundation
import Synchronization
import Testing

@testable import ZeroMQ

@Suite struct MessageTests {
    let fixture = Fixture()

    @Test func aMessageHoldsWhatItWasGiven() {
        #expect(Message().byteCount == 0)
        let message = Message(byteCount: 100)
        for index in 0..<100 { message.mutableBytes[index] = UInt8(index) }
        #expect(message.copyBytes() == (0..<100).map { UInt8($0) })
        #expect(message.copy().copyBytes() == message.copyBytes())
    }

    @Test func aSentMessageIsEmptyAndItsCopyIsNot() throws {
        let (a, b) = try pair("inproc://copies")
        let message = Message(copying: [UInt8](repeating: 7, count: 10_000))
        let copy = message.copy()
        #expect(a.send([message]) == .sent)
        #expect(message.byteCount == 0 && copy.byteCount == 10_000)
        #expect(try Fixture.next(b).frames[0].copyBytes() == copy.copyBytes())
    }

    @Test func borrowedMemoryIsNotCopiedAndIsReleasedOnce() throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 9)
        let releases = Counter()
        let (a, b) = try pair("inproc://borrowed")
        #expect(a.send([Message(borrowing: memory) { releases.add() }]) == .sent)
        var received: Message? = try Fixture.next(b).frames[0]
        #expect(received?.bytes.baseAddress == UnsafeRawPointer(memory.baseAddress), "inproc passes the memory on")
        #expect(releases.value == 0, "the receiver still holds it")
        received = nil
        #expect(releases.value == 1)
    }

    @Test func sharedBytesAreNotCopiedAndTheirReleaseTellsThatThePeerHasThem() throws {
        let original = Message(copying: [UInt8](repeating: 3, count: 1 << 20))
        let address = original.bytes.baseAddress
        let releases = Counter()
        let router = try fixture.socket(.router)
        let dealer = try fixture.socket(.dealer)
        try dealer.connect(try router.bind(fixture.ipcEndpoint))
        let shared = Message(sharing: original) { releases.add() }
        #expect(shared.bytes.baseAddress == address)
        try Fixture.deliver(dealer, [shared])
        #expect(try Fixture.next(router).frames.last?.copyBytes() == original.copyBytes())
        let deadline = ContinuousClock.now + .seconds(10)
        while releases.value == 0, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.001) }
        #expect(releases.value == 1)
    }

    @Test func aSharedFrameThatIsDroppedIsReleased() {
        let releases = Counter()
        var shared: Message? = Message(sharing: Message(copying: [1, 2, 3])) { releases.add() }
        #expect(shared?.copyBytes() == [1, 2, 3] && releases.value == 0)
        shared = nil
        #expect(releases.value == 1)
    }

    @Test func moreThanTwoGibibytesPassInOneRun() throws {
        let (frameBytes, frames) = (64 << 20, 36)
        let router = try fixture.socket(.router) { $0.receiveQueue = 2 }
        let endpoint = try router.bind(fixture.ipcEndpoint)
        let context = fixture.context
        let sender = Thread {
            do {
                var options = SocketOptions()
                options.sendQueue = 2
                options.linger = .seconds(20)
                let dealer = try Socket(context, .dealer, options)
                try dealer.connect(endpoint)
                for number in 0..<frames {
                    let message = Message(byteCount: frameBytes)
                    message.mutableBytes.storeBytes(of: UInt64(number), as: UInt64.self)
                    message.mutableBytes.storeBytes(of: ~UInt64(number), toByteOffset: frameBytes - 8, as: UInt64.self)
                    try Fixture.deliver(dealer, [message])
                }
            } catch { Issue.record(error) }
        }
        sender.start()
        var total = 0
        for number in 0..<frames {
            let frame = try #require(try Fixture.next(router).frames.last)
            #expect(frame.bytes.loadUnaligned(as: UInt64.self) == UInt64(number))
            #expect(frame.bytes.loadUnaligned(fromByteOffset: frameBytes - 8, as: UInt64.self) == ~UInt64(number))
            total += frame.byteCount
        }
        #expect(total == frames * frameBytes && total > 2_200_000_000)
    }

    private func pair(_ endpoint: String) throws -> (Socket, Socket) {
        let (a, b) = (try fixture.socket(.pair), try fixture.socket(.pair))
        try a.bind(endpoint)
        try b.connect(endpoint)
        return (a, b)
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
