import Foundation
import OxbowJournal
import OxbowModel
import OxbowProtocol
import OxbowScheduling
import OxbowWire

extension FuzzTarget {
    /// A journal, as it is and with the chain of its lines mended: whatever it says, the broker that goes on from it answers hellos
    /// and ticks, and sends nothing that the wire refuses.
    static let journal = FuzzTarget(
        name: "journal",
        run: { bytes in
            goOn(Data(bytes))
            goOn(JournalSeeds.chained(Data(bytes)))
        },
        seeds: JournalSeeds.journals, words: JournalSeeds.words)

    private static func goOn(_ bytes: Data) {
        // A number of a few digits becomes an object of Foundation's.
        let read = withinMemory((1 << 20) + 1024 * bytes.count) { try? JournalContent(bytes) }
        guard let content = read else { return }
        require(content.wholeBytes <= bytes.count, "more bytes than there are")
        require((try? JournalContent(bytes.prefix(content.wholeBytes))) == content, "what is whole does not come back")
        let recovery = Recovery(content.records)
        for servesOneRun in [true, false] {
            for membership in Membership.allCases {
                var recovered = Recovered(recovery, servesOneRun: servesOneRun, membership)
                recovered.live()
            }
        }
    }
}

/// A broker that goes on from a journal, members that come back, and time that passes.
private struct Recovered {
    private var machine: BrokerMachine
    private var now = Duration.zero
    private let recovery: Recovery
    private var welcomes: [ConnectionID: Welcome] = [:]

    init(_ recovery: Recovery, servesOneRun: Bool, _ membership: Membership) {
        self.recovery = recovery
        var settings = BrokerSettings(servesOneRun: servesOneRun)
        settings.sessionsAtOnce = 16
        let runs = JournalSeeds.runs.map { name in
            RunSettings(
                id: name, membership: membership,
                demands: [Demand(tier: "small", workers: 1), Demand(tier: "large", workers: 1)],
                template: JournalSeeds.plan)
        }
        machine = BrokerMachine(settings, recovering: recovery, runs: runs)
    }

    mutating func live() {
        tick()
        let known = recovery.members.sorted { $0.key < $1.key }.prefix(4).map { ($0.value.workerID, $0.key.role, $0.value.tier) }
        for (index, member) in (known + [("attic", .edge, "small"), ("middle", .core, "")]).enumerated() {
            join(member.0, member.1, member.2, UInt64(index))
        }
        tick()
        now += .seconds(100)
        tick()
        _ = machine.status(at: now)
        tell(.stop(reason: "enough"))
    }

    private mutating func tick() {
        now += .seconds(1)
        tell(.tick)
    }

    private mutating func join(_ name: String, _ role: Role, _ tier: String, _ index: UInt64) {
        for lane in Lane.allCases {
            let hello = Hello(
                workerID: name, role: role, tier: tier, lane: lane, nonce: 9,
                data: DataForm(samples: 100, height: 28, width: 28, channels: 1, classes: 10),
                savedBarriers: [recovery.run?.lastBarrier ?? 0].filter { $0 > 0 }, savedRun: recovery.run?.plan?.run ?? 0)
            tell(
                .received(
                    ConnectionID(2 * index + UInt64(lane.rawValue)), Envelope(content: .control), .control(.hello(hello))))
        }
    }

    /// Members answer every plan at once, so that orders follow.
    private mutating func tell(_ event: BrokerEvent) {
        var events = [event]
        var budget = 64
        while !events.isEmpty, budget > 0 {
            budget -= 1
            for directive in machine.handle(events.removeFirst(), at: now) { take(directive, &events) }
        }
    }

    private mutating func take(_ directive: BrokerDirective, _ events: inout [BrokerEvent]) {
        switch directive {
        case .send(let connection, let envelope, let message):
            require((try? EnvelopeCodec.encode(envelope)) != nil, "\(envelope) cannot be sent")
            require((try? ControlCodec.encode(message)) != nil, "\(message) cannot be sent")
            if case .welcome(let welcome) = message { welcomes[connection] = welcome }
            guard case .plan(_, let barrier, _) = message else { return }
            let digest = recovery.run?.digests[barrier]?.first?.value ?? [UInt8](repeating: 1, count: 32)
            guard let welcome = welcomes[connection] else { return }
            let envelope = Envelope(sender: welcome.member, sessionEpoch: welcome.sessionEpoch, content: .control)
            events.append(.received(connection, envelope, .control(.ready(barrier: barrier, digest: digest))))
        case .plan(let number, let request, let planner):
            events.append(.planned(number, Result { () throws(PlanningError) in try planner.plan(for: request) }))
        case .journal(let record, _): require((try? record.check()) != nil, "\(record) could not be read again")
        default: break
        }
    }
}
