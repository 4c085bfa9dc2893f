import Testing

@testable import OxbowProtocol

/// What a connection's key allows, and what is claimed.
@Suite struct AdmissionTests {
    private let admission = Admission(workerID: "attic", role: .edge, tier: "small", tags: ["site": "berlin"], slot: 7)

    private func hello(
        _ id: String = "attic", _ role: Role = .edge, tier: String = "small", lane: Lane = .control, tags: [String: String] = [:]
    ) -> Hello {
        Hello(
            workerID: id, role: role, tier: tier, lane: lane, nonce: 1, capabilities: Capabilities(tags: tags),
            data: role == .edge ? BrokerScript.data : DataForm())
    }

    private func greet(_ script: inout BrokerScript, _ hello: Hello, _ connection: UInt64 = 10) -> [BrokerDirective] {
        script.tell(.greeted(ConnectionID(connection), hello, admission))
    }

    @Test func whatIsClaimedBeyondTheEnrolmentIsRefusedInASentence() {
        var script = BrokerScript(BrokerSettings(), [])
        for (hello, words) in [
            (hello("cellar"), "'attic', not 'cellar'"), (hello("attic", .core), "edge, not core"),
            (hello(tier: "large"), "'small', not 'large'"), (hello(tags: ["site": "paris"]), "site=paris"),
            (hello(tags: ["gpu": "yes"]), "gpu=yes"), (hello("cellar", lane: .bulk), "'attic', not 'cellar'"),
        ] {
            let answer = greet(&script, hello)
            #expect(answer.errors == [.notEnrolled] && answer.welcomes.isEmpty)
            #expect(answer.errorTexts.first?.contains(words) == true, "\(answer.errorTexts)")
        }
        #expect(script.broker.slots.isEmpty)
    }

    @Test func itHasTheSlotOfItsKey() {
        var script = BrokerScript(BrokerSettings(), [])
        #expect(greet(&script, hello(tags: ["site": "berlin", "arch": "arm64"])).welcomes.map(\.member) == [.edge(7)])
        #expect(script.broker.slots == [7: "attic"])
        // Without a key: the lowest free one.
        #expect(script.hello("other", on: 20).welcomes.map(\.member) == [.edge(0)])
    }

    @Test func aRevokedKeyEndsTheSessionAtOnce() {
        var script = BrokerScript(BrokerSettings(), [])
        _ = greet(&script, hello())
        _ = greet(&script, hello(lane: .bulk), 11)
        #expect(script.broker.knows(ConnectionID(10)) && script.broker.knows(ConnectionID(11)))
        let out = script.tell(.revoked(ConnectionID(10)))
        let reasons = out.compactMap { if case .note(.lost(.edge(7), let reason)) = $0 { reason } else { nil } }
        #expect(reasons == ["its key was revoked"])
        #expect(!script.broker.knows(ConnectionID(10)) && !script.broker.knows(ConnectionID(11)))
        // It cannot come back, here and after the broker's death: nobody need look for it.
        #expect(script.broker.status(at: .zero).members.isEmpty)
        #expect(out.contains { if case .journal(let record, _) = $0 { record.isGoodbye } else { false } })
    }

    @Test func whatAKeyMayNotSendIsRefused() {
        var script = BrokerScript(BrokerSettings(), [])
        #expect(script.tell(.misused(ConnectionID(5), "A join token may only enrol a worker.")).errors == [.notEnrolled])
    }
}
