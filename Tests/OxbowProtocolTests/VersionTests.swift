import Testing

@testable import OxbowProtocol

/// Releases that speak other versions of the protocol: one is agreed on, or it is said who must be upgraded.
@Suite struct VersionTests {
    private func broker(_ versions: ClosedRange<UInt32>) -> BrokerScript {
        var settings = BrokerSettings()
        settings.versions = versions
        return BrokerScript(settings, [])
    }

    @Test(
        arguments: [
            (1...1, 1...1, 1), (1...2, 1...1, 1), (1...1, 1...2, 1), (1...2, 1...2, 2), (1...2, 2...3, 2), (2...3, 1...2, 2),
            (2...3, 2...9, 3), (3...3, 1...9, 3),
        ] as [(ClosedRange<UInt32>, ClosedRange<UInt32>, UInt32)])
    func theHighestCommonOneIsUsed(_ own: ClosedRange<UInt32>, _ theirs: ClosedRange<UInt32>, _ common: UInt32) {
        var script = broker(own)
        let answer = script.hello("x", on: 10, versions: theirs)
        #expect(answer.welcomes.map(\.version) == [common])
        // What follows is in it as well.
        let all = answer + script.hello("x", on: 11, lane: .bulk, versions: theirs)
        let versions = all.compactMap { directive -> UInt32? in
            if case .send(_, let envelope, _) = directive { envelope.version } else { nil }
        }
        #expect(!versions.isEmpty && versions.allSatisfy { $0 == common }, "\(versions)")
    }

    /// The same worker may come back upgraded, or not.
    @Test func eachSessionHasItsOwn() {
        var script = broker(1...2)
        #expect(script.hello("x", on: 10, versions: 1...1).welcomes.map(\.version) == [1])
        #expect(script.hello("y", on: 12, versions: 1...2).welcomes.map(\.version) == [2])
        script.now = .seconds(1)
        #expect(script.hello("x", on: 14, nonce: 1 << 20, versions: 2...3).welcomes.map(\.version) == [2])
    }

    @Test func whoIsOlderIsToldToBeUpgraded() {
        var script = broker(2...3)
        let old = script.hello("old", on: 10, versions: 1...1)
        #expect(old.errors == [.versionMismatch] && old.welcomes.isEmpty)
        #expect(
            old.errorTexts == [
                "This broker speaks protocol versions 2 to 3, the edge 'old' protocol version 1. "
                    + "Upgrade this edge to the broker's release."
            ])
        let new = script.hello("new", .core, on: 12, versions: 4...5)
        #expect(new.errors == [.versionMismatch] && new.welcomes.isEmpty)
        #expect(
            new.errorTexts == [
                "This broker speaks protocol versions 2 to 3, the core 'new' protocol versions 4 to 5. "
                    + "Upgrade the broker first, or start the release of this core that the broker has."
            ])
        #expect(script.broker.slots.isEmpty, "nobody was enrolled")
    }

    // MARK: A member

    private func member(_ versions: ClosedRange<UInt32>) -> (MemberMachine, [MemberDirective]) {
        var member = MemberMachine(
            MemberIdentity(workerID: "a", role: .edge, tier: "small"), nonce: 1, versions: versions)
        return (member, member.handle(.started, at: .zero))
    }

    private func welcome(_ version: UInt32) -> MemberEvent {
        let welcome = Welcome(
            version: version, member: .edge(0), sessionEpoch: 1, credits: 2, heartbeat_ms: 1000, lease_ms: 10_000,
            probesLink: false)
        return .received(
            .control, Envelope(version: version, sessionEpoch: 1, content: .control), .control(.welcome(welcome)))
    }

    @Test func aMemberSaysWhatItSpeaksAndSpeaksWhatWasAnswered() throws {
        let (begun, hello) = member(2...3)
        guard case .send(.control, let envelope, .control(.hello(let said))) = try #require(hello.first) else {
            Issue.record("\(hello)")
            return
        }
        #expect(envelope.version == 3 && said.lowestVersion == 2 && said.highestVersion == 3)
        var member = begun
        let next = member.handle(welcome(2), at: .zero) + member.handle(.tick, at: .seconds(2))
        let versions = next.compactMap { directive -> UInt32? in
            if case .send(_, let envelope, _) = directive { envelope.version } else { nil }
        }
        #expect(versions.count >= 2 && versions.allSatisfy { $0 == 2 }, "\(versions)")
    }

    @Test(arguments: [1, 4] as [UInt32]) func anAnswerThatItDoesNotSpeakEndsIt(_ version: UInt32) {
        var (member, _) = member(2...3)
        let end = member.handle(welcome(version), at: .zero).compactMap { directive -> MemberEnd? in
            if case .end(let end) = directive { end } else { nil }
        }
        guard case .refused(.versionMismatch, let text)? = end.first else {
            Issue.record("\(end)")
            return
        }
        #expect(text.contains("in protocol version \(version)") && text.contains("protocol versions 2 to 3"))
    }
}
