import Foundation
import OxbowProtocol
import ZeroMQ

/// All keys that a broker knows, by fingerprint, and who may enrol. A pure value; times are seconds since 1970.
public struct KeyBook: Hashable, Sendable {
    public var workers: [String: WorkerEntry] = [:]
    public var tokens: [String: TokenEntry] = [:]
    public var operators: [String: OperatorEntry] = [:]

    /// As many as a plan can name.
    private static let slots: UInt32 = 16384

    public init() {}

    /// Why a worker is not enrolled: a code and a sentence.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        public let code: EnrolmentCode
        public let description: String

        init(_ code: EnrolmentCode, _ description: String) { (self.code, self.description) = (code, description) }
    }

    /// Who has this key; nil: a stranger, or one whose key was revoked. A spent token is no stranger's: it is told why.
    public func identify(_ publicKey: CurveKey) -> KeyID? {
        let fingerprint = publicKey.fingerprint
        func counts(_ entry: (any KeyEntry)?) -> Bool { entry?.publicKey == publicKey && entry?.revoked == nil }
        if counts(workers[fingerprint]) { return KeyID(.worker, fingerprint) }
        if counts(tokens[fingerprint]) { return KeyID(.join, fingerprint) }
        return counts(operators[fingerprint]) ? KeyID(.operator, fingerprint) : nil
    }

    /// Whether a connection that was let in as this one may go on.
    public func counts(_ id: KeyID) -> Bool {
        switch id.kind {
        case .worker: workers[id.fingerprint].map { $0.revoked == nil } ?? false
        case .join: tokens[id.fingerprint].map { $0.revoked == nil } ?? false
        case .operator: operators[id.fingerprint].map { $0.revoked == nil } ?? false
        }
    }

    /// Workers that a token has enrolled.
    public func uses(ofToken fingerprint: String) -> Int { workers.values.count { $0.token == fingerprint } }

    /// - Parameters:
    ///   - token: whose connection the request came over.
    ///   - taken: slots that the broker has given out, with their workers' names.
    /// - Returns: the entry, new or as it was: a request whose answer was lost may come again.
    public mutating func enrol(
        _ request: EnrolmentRequest, by token: String, taken: [UInt32: String], at now: Double
    ) throws(Refusal) -> WorkerEntry {
        guard let key = CurveKey(bytes: request.publicKey), let limits = tokens[token] else {
            throw Refusal(.failed, "this broker knows no such token")
        }
        if let known = workers[key.fingerprint] {
            guard known.revoked == nil else { throw Refusal(.notAllowed, "this worker's key was revoked; it needs a new one") }
            return known
        }
        try check(limits, at: now)
        try Self.check(request, limits)
        var entry = WorkerEntry(
            publicKey: key, name: request.workerID, role: KeyRole(request.role), tier: request.tier, tags: request.tags,
            token: token, enrolled: now)
        try checkName(entry)
        entry.slot = try slot(for: entry, taken: taken)
        workers[entry.fingerprint] = entry
        return entry
    }

    /// - Throws: `Refusal` if another key that counts has the name.
    public func checkName(_ entry: WorkerEntry) throws(Refusal) {
        let holder = workers.values.first {
            $0.name == entry.name && $0.revoked == nil && $0.publicKey != entry.publicKey
        }
        guard holder == nil else {
            throw Refusal(
                .nameTaken,
                "another key is enrolled as '\(entry.name)'; choose another --id, or revoke that key if its worker lost it")
        }
    }

    private func check(_ token: TokenEntry, at now: Double) throws(Refusal) {
        guard token.revoked == nil else { throw Refusal(.spent, "the token was revoked") }
        if let expires = token.expires, now >= expires {
            throw Refusal(.spent, "the token expired at \(Date(timeIntervalSince1970: expires).formatted(.iso8601))")
        }
        let uses = uses(ofToken: token.fingerprint)
        guard uses < token.uses else {
            throw Refusal(.spent, "the token is used up: it was for \(token.uses) worker\(token.uses == 1 ? "" : "s")")
        }
    }

    private static func check(_ request: EnrolmentRequest, _ token: TokenEntry) throws(Refusal) {
        guard token.roles.contains(KeyRole(request.role)) else {
            throw Refusal(.notAllowed, "the token is for role \(token.roles.map(\.rawValue).joined(separator: ", ")) only")
        }
        guard request.role == .core || token.tiers.isEmpty || token.tiers.contains(request.tier) else {
            throw Refusal(
                .notAllowed, "the token is for tier \(token.tiers.joined(separator: ", ")), not '\(request.tier)'")
        }
        guard token.tags.isEmpty || token.tags == request.tags else {
            throw Refusal(.notAllowed, "the token is for workers with \(text(token.tags)), not \(text(request.tags))")
        }
    }

    private static func text(_ tags: [String: String]) -> String {
        if tags.isEmpty { return "no tags" }
        return "tags " + tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    /// That of its name, else the lowest that nobody ever had. A core has none.
    func slot(for entry: WorkerEntry, taken: [UInt32: String]) throws(Refusal) -> UInt32? {
        guard entry.role == .edge else { return nil }
        if let own = taken.first(where: { $0.value == entry.name })?.key { return own }
        let edges = workers.values.filter { $0.role == .edge && $0.publicKey != entry.publicKey }
        if let own = edges.first(where: { $0.name == entry.name && $0.slot != nil })?.slot { return own }
        let used = Set(edges.compactMap(\.slot)).union(taken.keys)
        guard let slot = (0..<Self.slots).first(where: { !used.contains($0) }) else {
            throw Refusal(.failed, "the fleet has \(Self.slots) workers, which is the most")
        }
        return slot
    }

    /// By name, by fingerprint, or by 8 or more of its first digits: fingerprints of workers, tokens and operators that count.
    public func find(_ text: String) -> [KeyID] {
        func fits(_ fingerprint: String, _ name: String?) -> Bool {
            name == text || (text.count >= 8 && fingerprint.hasPrefix(text.lowercased()))
        }
        let all =
            workers.values.filter { $0.revoked == nil && fits($0.fingerprint, $0.name) }.map { KeyID(.worker, $0.fingerprint) }
            + tokens.values.filter { $0.revoked == nil && fits($0.fingerprint, nil) }.map { KeyID(.join, $0.fingerprint) }
            + operators.values.filter { $0.revoked == nil && fits($0.fingerprint, $0.name) }.map {
                KeyID(.operator, $0.fingerprint)
            }
        return all.sorted { $0.description < $1.description }
    }
}
