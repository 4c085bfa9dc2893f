import Foundation
import OxbowProtocol
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// Who may enrol, as what, and by which slot.
@Suite struct KeyBookTests {
    private var book = KeyBook()
    private let token = KeyPair().publicKey

    init() { allow() }

    private mutating func allow(
        uses: Int = 2, expires: Double? = nil, roles: [KeyRole] = [.edge], tiers: [String] = [], tags: [String: String] = [:]
    ) {
        book.tokens[token.fingerprint] = TokenEntry(
            publicKey: token, uses: uses, expires: expires, roles: roles, tiers: tiers, tags: tags, made: 0)
    }

    private static func request(
        _ name: String, _ role: Role = .edge, tier: String = "small", tags: [String: String] = [:], key: CurveKey? = nil
    ) -> EnrolmentRequest {
        EnrolmentRequest(publicKey: (key ?? KeyPair().publicKey).bytes, workerID: name, role: role, tier: tier, tags: tags)
    }

    private mutating func enrol(
        _ request: EnrolmentRequest, taken: [UInt32: String] = [:], at now: Double = 1
    ) -> Result<WorkerEntry, KeyBook.Refusal> {
        Result { () throws(KeyBook.Refusal) in try book.enrol(request, by: token.fingerprint, taken: taken, at: now) }
    }

    private func code(_ result: Result<WorkerEntry, KeyBook.Refusal>) -> EnrolmentCode {
        if case .failure(let refusal) = result { refusal.code } else { .done }
    }

    @Test mutating func usesAreCountedOnceAKey() throws {
        let first = Self.request("a")
        let entry = try enrol(first).get()
        #expect(entry.name == "a" && entry.slot == 0 && entry.token == token.fingerprint && entry.enrolled == 1)
        #expect(try enrol(first).get() == entry, "an answer that was lost")
        #expect(try enrol(Self.request("b")).get().slot == 1)
        let third = enrol(Self.request("c"))
        #expect(code(third) == .spent && "\(third)".contains("for 2 workers"))
        #expect(try enrol(first, at: 1e9).get() == entry, "who is enrolled stays so")
        #expect(book.uses(ofToken: token.fingerprint) == 2)
    }

    @Test mutating func limitsHold() {
        allow(expires: 100, tiers: ["small", "medium"], tags: ["site": "berlin"])
        let site = ["site": "berlin"]
        #expect(code(enrol(Self.request("a", tags: site), at: 100)) == .spent)
        #expect(code(enrol(Self.request("a", tier: "large", tags: site))) == .notAllowed)
        #expect(code(enrol(Self.request("a", .core, tier: "core", tags: site))) == .notAllowed)
        #expect(code(enrol(Self.request("a"))) == .notAllowed)
        #expect(code(enrol(Self.request("a", tags: ["site": "paris"]))) == .notAllowed)
        #expect(code(enrol(Self.request("a", tags: ["site": "berlin", "gpu": "yes"]))) == .notAllowed)
        #expect(book.workers.isEmpty)
        #expect(code(enrol(Self.request("a", tier: "medium", tags: site), at: 99)) == .done)
        allow(uses: 9, roles: [.core], tiers: ["small"])
        #expect(code(enrol(Self.request("core", .core, tier: "core"))) == .done)
        book.tokens[token.fingerprint]?.revoked = 5
        #expect(code(enrol(Self.request("b"))) == .spent)
    }

    @Test mutating func aNameIsOneKeysUntilThatIsRevoked() throws {
        allow(uses: 9)
        let (old, new) = (KeyPair().publicKey, KeyPair().publicKey)
        #expect(try enrol(Self.request("a", key: old)).get().slot == 0)
        #expect(try enrol(Self.request("b")).get().slot == 1)
        #expect(code(enrol(Self.request("a", key: new))) == .nameTaken)
        book.workers[old.fingerprint]?.revoked = 7
        #expect(try enrol(Self.request("a", key: new)).get().slot == 0, "the slot is the name's")
        #expect(code(enrol(Self.request("a", key: old))) == .notAllowed)
        #expect(try enrol(Self.request("c")).get().slot == 2, "no slot is given twice")
    }

    @Test mutating func slotsThatTheBrokerGaveOutAreLeft() throws {
        allow(uses: 9, roles: [.edge, .core])
        let taken: [UInt32: String] = [0: "early", 1: "mine", 3: "late"]
        #expect(try enrol(Self.request("new"), taken: taken).get().slot == 2)
        #expect(try enrol(Self.request("mine"), taken: taken).get().slot == 1)
        #expect(try enrol(Self.request("next"), taken: taken).get().slot == 4)
        #expect(try enrol(Self.request("core", .core, tier: "core"), taken: taken).get().slot == nil)
    }

    @Test mutating func revokedKeysAreStrangers() throws {
        let key = KeyPair().publicKey
        _ = try enrol(Self.request("a", key: key)).get()
        let id = try #require(book.identify(key))
        #expect(id == KeyID(.worker, key.fingerprint) && KeyID(id.description) == id && book.counts(id))
        #expect(book.identify(token)?.kind == .join && book.identify(KeyPair().publicKey) == nil)
        #expect(book.find("a") == [id] && book.find(String(key.fingerprint.prefix(8))) == [id])
        #expect(book.find(String(key.fingerprint.prefix(7))).isEmpty)
        book.workers[key.fingerprint]?.revoked = 1
        #expect(book.identify(key) == nil && !book.counts(id) && book.find("a").isEmpty)
        book.tokens[token.fingerprint]?.expires = 0
        #expect(book.identify(token)?.kind == .join, "a spent token is told why")
        for text in ["", "worker", "worker:", "none:1", "worker:1:2"] { #expect(KeyID(text) == nil, "\(text)") }
    }
}

/// A broker's copy of its key folder, while commands write to it.
@Suite final class KeyRegistryTests {
    private let path = FileManager.default.temporaryDirectory.path + "/oxbow-registry-\(UUID().uuidString)"
    private let clock = Clock()

    private final class Clock: @unchecked Sendable {
        private let lock = NSLock()
        private var time = 1000.0
        var now: Double { lock.withLock { time } }
        func advance() { lock.withLock { time += 1 } }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func worker(_ name: String, _ key: CurveKey) -> WorkerEntry {
        WorkerEntry(publicKey: key, name: name, role: .edge, tier: "small", enrolled: 1)
    }

    @Test func itNoticesWhatCommandsWrite() throws {
        let folder = try KeyFolder(path)
        let registry = try KeyRegistry(folder) { [clock] in clock.now }
        let key = KeyPair().publicKey
        try folder.write(worker("a", key))
        registry.refresh()
        #expect(registry.identify(key) == nil, "it looks once a second")
        registry.refresh(after: 0)
        let id = try #require(registry.identify(key))
        var entry = try #require(folder.book.workers[key.fingerprint])
        // The slot is given out here, and written down; a command that has read the entry before must not take it away.
        #expect(registry.admission(id, taken: [:])?.slot == 0 && folder.book.workers[key.fingerprint]?.slot == 0)
        try folder.write(entry)
        clock.advance()
        registry.refresh()
        #expect(registry.admission(id, taken: [0: "another"])?.slot == 0)
        entry.revoked = 5
        try folder.write(entry)
        clock.advance()
        registry.refresh()
        #expect(registry.takeRevoked() == [id] && registry.takeRevoked().isEmpty && registry.identify(key) == nil)
        #expect(registry.admission(id, taken: [:]) == nil && !registry.counts(id))
    }

    @Test func enrolmentsOutliveTheProcess() throws {
        let folder = try KeyFolder(path)
        let registry = try KeyRegistry(folder) { [clock] in clock.now }
        let (token, key) = (KeyPair().publicKey, KeyPair().publicKey)
        // Made a moment ago: it counts at once.
        try folder.write(TokenEntry(publicKey: token, uses: 1, expires: nil, made: 1))
        let request = EnrolmentRequest(publicKey: key.bytes, workerID: "a", role: .edge, tier: "small")
        let reply = registry.enrol(request, over: KeyID(.join, token.fingerprint), taken: [0: "other"])
        #expect(reply.code == .done && reply.workerID == "a" && reply.slot == 1)
        let next = try KeyRegistry(KeyFolder(path))
        #expect(next.key == registry.key && next.identify(key) == KeyID(.worker, key.fingerprint))
        #expect(next.enrol(request, over: KeyID(.join, token.fingerprint), taken: [:]).slot == 1)
        #expect(next.enrol(request, over: KeyID(.worker, key.fingerprint), taken: [:]).slot == 1, "it may ask what it is")
        let other = EnrolmentRequest(publicKey: KeyPair().publicKey.bytes, workerID: "b", role: .edge, tier: "small")
        #expect(next.enrol(other, over: KeyID(.join, token.fingerprint), taken: [:]).code == .spent)
    }

    @Test func filesThatAreNoEntriesCountAsNone() throws {
        let folder = try KeyFolder(path)
        let key = KeyPair().publicKey
        try folder.write(worker("a", key))
        let file = "\(path)/workers/\(key.fingerprint).json"
        // Another key's entry under this name: whoever can write there must not make one key pass for another.
        try FileManager.default.moveItem(atPath: file, toPath: "\(path)/workers/\(String(repeating: "0", count: 32)).json")
        try Data("{".utf8).write(to: URL(fileURLWithPath: file))
        let registry = try KeyRegistry(folder)
        #expect(registry.unreadable.count == 2 && registry.identify(key) == nil)
    }

    @Test func theFirstOperatorIsMadeOnce() throws {
        let folder = try KeyFolder(path)
        let file = path + "/operator.key"
        let registry = try KeyRegistry(folder)
        try registry.makeFirstOperator(at: file)
        let token = try TokenFile.read(file, .operator)
        #expect(token.broker == registry.key.publicKey && registry.operators().count == 1)
        #expect(registry.identify(token.pair.publicKey)?.kind == .operator)
        var entry = try #require(folder.book.operators[token.pair.publicKey.fingerprint])
        entry.revoked = 1
        try folder.write(entry)
        let next = try KeyRegistry(folder)
        try next.makeFirstOperator(at: file)
        #expect(next.operators().isEmpty, "one who was revoked is not made anew")
    }
}

/// When a client gives up.
@Suite struct HandshakeJudgeTests {
    private func faults(_ events: [HandshakeEvent], isEncrypted: Bool = true, every step: Duration = .seconds(1))
        -> [HandshakeFault]
    {
        var judge = HandshakeJudge(isEncrypted: isEncrypted)
        var now = Duration.zero
        return events.compactMap { event in
            now += step
            return judge.take(event, at: now)
        }
    }

    @Test func whatCannotGetBetterIsToldAtOnce() {
        #expect(faults([.refused]) == [.unknownKey])
        #expect(faults([.otherMechanism]) == [.brokerIsPlain])
        #expect(faults([.otherMechanism], isEncrypted: false) == [.brokerIsEncrypted])
        #expect(faults([.broken]) == [.otherBroker] && faults([.broken], isEncrypted: false).isEmpty)
    }

    @Test func aBrokerThatEndsIsNotTakenForAnother() {
        let cuts = [HandshakeEvent](repeating: .cutShort, count: 5)
        #expect(faults(cuts).isEmpty)
        #expect(faults(cuts + [.cutShort]) == [.otherBroker])
        #expect(faults(cuts + [.cutShort], every: .milliseconds(100)).isEmpty, "half a second is not long")
        #expect(faults(cuts + [.succeeded] + cuts).isEmpty)
        #expect(faults(cuts + cuts, isEncrypted: false).isEmpty)
    }
}
