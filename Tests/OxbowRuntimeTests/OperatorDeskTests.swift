import Foundation
import OxbowProtocol
import OxbowWire
import Testing

@testable import OxbowRuntime

/// Who steers a fleet and who does not.
@Suite struct OperatorDeskTests {
    private let key = OperatorKey()
    private let fleet = FakeFleet()
    private let desk: OperatorDesk
    private let alice = ConnectionID(1)
    private let mallory = ConnectionID(2)

    init() { desk = OperatorDesk(keys: { [key] in [key] }, service: fleet, challengeLimit: 8) }

    private func send(_ request: OperatorRequest, _ connection: ConnectionID) throws -> OperatorDesk.Answer {
        try OperatorCodec.encode(request).withUnsafeBytes { bytes in
            desk.answer(bytes, from: connection) { FleetStatus(members: [], runs: []) }
        }
    }

    private func greet(_ connection: ConnectionID) throws -> [UInt8] {
        let reply = try send(OperatorRequest(command: try OperatorCodec.encode(.hello)), connection).reply
        #expect(reply.code == .done && reply.nextChallenge.count == 32)
        return reply.nextChallenge
    }

    @Test func anOperatorIsAnsweredAgainAndAgain() throws {
        var challenge = try greet(alice)
        for _ in 0..<3 {
            let answer = try send(key.request(.list, challenge: challenge), alice)
            #expect(answer.reply.code == .done && answer.events.isEmpty)
            #expect(answer.reply.nextChallenge != challenge)
            challenge = answer.reply.nextChallenge
        }
        let submission = Submission(name: "new", experiment: "rounds: 1")
        let answer = try send(key.request(.submit(submission), challenge: challenge), alice)
        #expect(answer.reply.message == "new" && fleet.accepted == [submission])
        guard case .submitted(let settings)? = answer.events.first else {
            Issue.record("the machine is not told")
            return
        }
        #expect(settings.id == "new" && desk.counters.refused == 0)
    }

    @Test func nothingCanBeReplayed() throws {
        let challenge = try greet(alice)
        let request = try key.request(.stop(run: "base", reason: ""), challenge: challenge)
        #expect(try send(request, alice).events.count == 1)
        for connection in [alice, mallory] {
            let again = try send(request, connection)
            #expect(again.reply.code == .refused && again.events.isEmpty && again.reply.nextChallenge.isEmpty)
        }
        // Nor be stolen before it is used: a challenge is its connection's.
        let next = try key.request(.stop(run: "base", reason: ""), challenge: try greet(alice))
        _ = try greet(mallory)
        #expect(try send(next, mallory).reply.code == .refused)
        #expect(try send(next, alice).reply.code == .done)
        #expect(desk.counters.refused == 3)
    }

    @Test func anotherKeyAndAChangedCommandAreRefused() throws {
        let other = OperatorKey()
        #expect(try send(other.request(.list, challenge: greet(mallory)), mallory).reply.code == .refused)
        var request = try key.request(.files(run: "base"), challenge: try greet(alice))
        request.command = try OperatorCodec.encode(.stop(run: "base", reason: ""))
        let answer = try send(request, alice)
        #expect(answer.reply.code == .refused && answer.events.isEmpty)
        // One wrong request uses the challenge up: nobody can guess on.
        request = try key.request(.list, challenge: request.challenge)
        #expect(try send(request, alice).reply.code == .refused)
    }

    @Test func aStrangerLearnsNothingAndChangesNothing() throws {
        let bare = OperatorRequest(command: try OperatorCodec.encode(.stop(run: "base", reason: "")))
        let none = try key.request(.list, challenge: [UInt8](repeating: 0, count: 32))
        var answers = try [send(bare, mallory), send(none, mallory)]
        answers.append([1, 2, 3].withUnsafeBytes { desk.answer($0, from: mallory) { FleetStatus(members: [], runs: []) } })
        answers.append([].withUnsafeBytes { desk.answer($0, from: mallory) { FleetStatus(members: [], runs: []) } })
        #expect(Set(answers.map(\.reply)).count == 1, "every refusal is the same")
        #expect(answers.allSatisfy { $0.reply.code == .refused && $0.events.isEmpty })
        #expect(desk.counters.requests == 4 && desk.counters.refused == 4 && desk.challengeCount == 0)
    }

    @Test func whatIsTooLargeIsNotLookedInto() throws {
        let bytes = [UInt8](repeating: 0x0a, count: WireLimits.operatorRequestBytes + 1)
        let answer = bytes.withUnsafeBytes { desk.answer($0, from: alice) { FleetStatus(members: [], runs: []) } }
        #expect(answer.reply.code == .refused)
    }

    @Test func strangersCannotGrowMemoryNorPushOperatorsOut() throws {
        var challenge = try greet(alice)
        challenge = try send(key.request(.list, challenge: challenge), alice).reply.nextChallenge
        for number in 10..<1000 { _ = try greet(ConnectionID(UInt64(number))) }
        #expect(desk.challengeCount <= 9)
        #expect(try send(key.request(.list, challenge: challenge), alice).reply.code == .done)
        #expect(try send(key.request(.list, challenge: greet(ConnectionID(999))), ConnectionID(999)).reply.code == .done)
    }

    @Test func refusalsSayWhy() throws {
        var challenge = try greet(alice)
        func ask(_ command: OperatorCommand) throws -> OperatorReply {
            let reply = try send(key.request(command, challenge: challenge), alice).reply
            challenge = reply.nextChallenge
            return reply
        }
        #expect(try ask(.stop(run: "none", reason: "")).code == .unknownRun)
        #expect(try ask(.files(run: "none")).code == .unknownRun)
        #expect(try ask(.submit(Submission(experiment: ""))).message == "it is empty")
        let part = try ask(.fetch(run: "base", file: "report.json", offset: 90, mostBytes: 50))
        #expect(part.code == .done && part.content == Array(fleet.content[90...]) && part.totalBytes == 100)
    }

    @Test func aBrokerWithoutKeySaysSo() throws {
        let closed = OperatorDesk()
        let bytes = try OperatorCodec.encode(OperatorRequest(command: try OperatorCodec.encode(.hello)))
        let answer = bytes.withUnsafeBytes { closed.answer($0, from: alice) { FleetStatus(members: [], runs: []) } }
        #expect(answer.reply.code == .notServed && answer.reply.message.contains("--state"))
    }
}
