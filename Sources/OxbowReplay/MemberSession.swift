import OxbowFleet
import OxbowProtocol
import OxbowWire

/// What a member's machine sent here.
enum MemberOutput {
    case bulk(ExchangeKey, any ByteBody)
    case artifact(ArtifactKey, any ByteBody)
    case control(ControlMessage)
}

/// One session of a member, computed again: its machine, whose tasks are performed at once.
final class MemberSession {
    let epoch: UInt32
    /// The connection of its control lane.
    let connection: UInt64
    /// Why a task could not be done here; nothing is done after it.
    private(set) var failure: String?
    private var machine: MemberMachine
    private let performer: any TaskPerformer

    /// - Parameter welcome: as the broker sent it.
    init(
        _ hello: Hello, _ welcome: Welcome, _ envelope: Envelope, connection: UInt64, saved: (run: UInt64, barriers: [UInt32]),
        performer: any TaskPerformer
    ) {
        let identity = MemberIdentity(
            workerID: hello.workerID, role: hello.role, tier: hello.tier, capabilities: hello.capabilities, data: hello.data)
        machine = MemberMachine(identity, nonce: hello.nonce, savedRun: saved.run, savedBarriers: saved.barriers)
        (epoch, self.connection, self.performer) = (welcome.sessionEpoch, connection, performer)
        // What it answers was measured by the clock of another time.
        _ = machine.handle(.started, at: .zero)
        _ = machine.handle(.received(.control, envelope, .control(.welcome(welcome))), at: .zero)
    }

    /// Hands a message of the broker to the machine, and performs what follows.
    func take(_ lane: Lane, _ envelope: Envelope, _ payload: Payload) -> [MemberOutput] {
        guard failure == nil else { return [] }
        var outputs: [MemberOutput] = []
        var directives = machine.handle(.received(lane, envelope, payload), at: .zero)[...]
        while let directive = directives.popFirst() {
            switch directive {
            case .send(_, let envelope, let payload): outputs.append(contentsOf: Self.output(envelope, payload))
            case .compute(let id, let task, let inputs): directives += perform(id, task, inputs)
            case .reconnect, .note, .end: break
            }
        }
        return outputs
    }

    private func perform(_ id: UInt64, _ task: MemberTask, _ inputs: [any BodyStorage]) -> [MemberDirective] {
        guard failure == nil else { return [] }
        do {
            return machine.handle(.computed(id, try performer.perform(task, inputs: inputs)), at: .zero)
        } catch {
            failure = "\(error)"
            return []
        }
    }

    private static func output(_ envelope: Envelope, _ payload: Payload) -> [MemberOutput] {
        switch (envelope.content, payload) {
        case (.bulk(let key), .bulk(let body)): [.bulk(key, readable(body))]
        case (.artifact(let key), .bulk(let body)): [.artifact(key, readable(body))]
        case (_, .control(let message)): [.control(message)]
        default: []
        }
    }

    private static func readable(_ body: any BodyStorage) -> any ByteBody {
        guard let body = body as? any ByteBody else { preconditionFailure("a body whose bytes cannot be read") }
        return body
    }
}
