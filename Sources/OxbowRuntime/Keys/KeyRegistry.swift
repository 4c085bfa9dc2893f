import Foundation
import OxbowProtocol
import ZeroMQ

/// The keys that a running broker goes by: a copy of its key folder, looked after once a second.
// Sendable: everything mutable is under the lock.
public final class KeyRegistry: @unchecked Sendable {
    /// The broker's own.
    public let key: KeyPair
    private let folder: KeyFolder
    private let now: @Sendable () -> Double
    private let lock = NSLock()
    private var reading: KeyFolder.Reading
    private var book: KeyBook
    private var lastLook: Double
    /// Keys that counted and do no more, since somebody asked.
    private var gone: [KeyID] = []
    private var operatorKeys: [String: OperatorKey] = [:]

    /// - Parameter now: seconds since 1970.
    /// - Throws: `RuntimeError` if the broker's key cannot be used or made.
    public init(_ folder: KeyFolder, now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) throws {
        (self.folder, self.now) = (folder, now)
        key = try folder.brokerKey()
        reading = folder.read()
        (book, lastLook) = (reading.book, now())
    }

    /// Files in the folder that are no entries.
    public var unreadable: [String] { lock.withLock { reading.faults } }

    func identify(_ publicKey: CurveKey) -> KeyID? { lock.withLock { book.identify(publicKey) } }

    func counts(_ id: KeyID) -> Bool { lock.withLock { book.counts(id) } }

    /// Looks at the folder again, if the last time is so many seconds ago.
    func refresh(after seconds: Double = 1) {
        lock.withLock {
            let time = now()
            guard abs(time - lastLook) >= seconds else { return }
            lastLook = time
            refreshNow()
        }
    }

    /// Keys that counted and do no more, since the last call.
    func takeRevoked() -> [KeyID] {
        lock.withLock {
            defer { gone.removeAll() }
            return gone
        }
    }

    private func refreshNow() {
        let previous = book
        reading = folder.read(reading)
        book = reading.book
        for (fingerprint, known) in previous.workers where known.slot != nil {
            // A command may have written what it read before the slot was given out.
            guard var entry = book.workers[fingerprint], entry.slot == nil else { continue }
            entry.slot = known.slot
            book.workers[fingerprint] = entry
        }
        let all =
            previous.workers.keys.map { KeyID(.worker, $0) } + previous.tokens.keys.map { KeyID(.join, $0) }
            + previous.operators.keys.map { KeyID(.operator, $0) }
        gone += all.filter { previous.counts($0) && !book.counts($0) }
    }

    // MARK: Enrolment

    /// - Parameters:
    ///   - id: of the connection that the request came over.
    ///   - taken: slots that the broker has given out, with their workers' names.
    func enrol(_ request: EnrolmentRequest, over id: KeyID, taken: [UInt32: String]) -> EnrolmentReply {
        lock.withLock {
            do {
                // A token that was made, or revoked, just now counts at once.
                refreshNow()
                let entry = try id.kind == .worker ? settled(id, taken) : enrolled(request, id, taken)
                return EnrolmentReply(workerID: entry.name, slot: entry.slot)
            } catch let refusal as KeyBook.Refusal {
                return EnrolmentReply(code: refusal.code, message: refusal.description)
            } catch {
                return EnrolmentReply(code: .failed, message: "the broker cannot write it down: \(error)")
            }
        }
    }

    private func enrolled(_ request: EnrolmentRequest, _ id: KeyID, _ taken: [UInt32: String]) throws -> WorkerEntry {
        var next = book
        let entry = try next.enrol(request, by: id.fingerprint, taken: taken, at: now())
        if book.workers[entry.fingerprint] != entry { try folder.write(entry) }
        book = next
        return entry
    }

    /// The entry with its slot, which it may have had no time to get.
    private func settled(_ id: KeyID, _ taken: [UInt32: String]) throws -> WorkerEntry {
        guard var entry = book.workers[id.fingerprint], entry.revoked == nil else {
            throw KeyBook.Refusal(.notAllowed, "this worker's key was revoked; it needs a new one")
        }
        guard entry.slot == nil, let slot = try book.slot(for: entry, taken: taken) else { return entry }
        entry.slot = slot
        book.workers[id.fingerprint] = entry
        var kept = folder.fresh(entry) ?? entry
        kept.slot = slot
        try folder.write(kept)
        return entry
    }

    /// What the member behind a worker's key may claim; nil if the key does not count.
    func admission(_ id: KeyID, taken: [UInt32: String]) -> Admission? {
        lock.withLock {
            guard id.kind == .worker, book.counts(id) else { return nil }
            // Without room on the disk the slot is given all the same: the broker's journal has it too.
            guard let entry = (try? settled(id, taken)) ?? book.workers[id.fingerprint] else { return nil }
            return Admission(
                workerID: entry.name, role: entry.role.role, tier: entry.tier, tags: entry.tags, slot: entry.slot)
        }
    }

    /// Makes the token by which this broker's own core enrols: one core, once. One at `path` that counts is left there.
    /// - Throws: `RuntimeError`.
    public func makeCoreToken(at path: String) throws {
        if FileManager.default.fileExists(atPath: path) {
            let token = try TokenFile.read(path, .join)
            if token.broker == key.publicKey, counts(KeyID(.join, token.pair.publicKey.fingerprint)) { return }
        }
        let token = KeyToken(.join, broker: key.publicKey, pair: KeyPair())
        // First the file: without it nobody could use up what the folder says of the token.
        try TokenFile.write(token, to: path)
        let entry = TokenEntry(publicKey: token.pair.publicKey, uses: 1, expires: nil, roles: [.core], made: now())
        try folder.write(entry)
        lock.withLock { book.tokens[entry.fingerprint] = entry }
    }

    // MARK: Operators

    /// What the requests of those who may steer are proved with.
    func operators() -> [OperatorKey] {
        refresh()
        return lock.withLock {
            book.operators.values.filter { $0.revoked == nil }.compactMap { entry in
                if let known = operatorKeys[entry.fingerprint] { return known }
                let made = OperatorKey(own: key.secretKey, other: entry.publicKey)
                operatorKeys[entry.fingerprint] = made
                return made
            }
        }
    }

    /// Makes the first operator's token, at a new broker: `path` gets it.
    /// - Throws: `RuntimeError` if a file is there that is no token of this broker.
    public func makeFirstOperator(at path: String) throws {
        guard lock.withLock({ book.operators.isEmpty }) else { return }
        let token: KeyToken
        if FileManager.default.fileExists(atPath: path) {
            token = try TokenFile.read(path, .operator)
            guard token.broker == key.publicKey else {
                throw RuntimeError(
                    .key, "Unable to use '\(path)' as operators' key: it is another broker's. Remove it, and a new one is made.")
            }
        } else {
            token = KeyToken(.operator, broker: key.publicKey, pair: KeyPair())
            try TokenFile.write(token, to: path)
        }
        let entry = OperatorEntry(publicKey: token.pair.publicKey, name: "operator", made: now())
        try folder.write(entry)
        lock.withLock { book.operators[entry.fingerprint] = entry }
    }
}
