import Foundation
import Testing
import ZeroMQ

@testable import OxbowRuntime

/// Tokens as text, and files of keys.
@Suite final class KeyFileTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/oxbow-keys-\(UUID().uuidString)"
    private let broker = KeyPair()

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func key(from first: UInt8) throws -> CurveKey { try #require(CurveKey(bytes: (first..<first + 32).map { $0 })) }

    @Test func aTokenIsOneLineAndComesBack() throws {
        for kind in KeyToken.Kind.allCases {
            let token = KeyToken(kind, broker: broker.publicKey, pair: KeyPair())
            #expect(try KeyToken(token.text + "\n", kind) == token)
        }
        // Computed elsewhere: another release must read it.
        let known = KeyToken(
            .operator, broker: try key(from: 33).publicKey, pair: KeyPair(secretKey: try key(from: 1)))
        #expect(
            known.text == "oxbow-operator-1.5869aff450549732cbaaed5e5df9b30a6da31cb0e5742bad5ad4a1a768f1a67b."
                + "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20.24ba4763")
        #expect(known.pair.publicKey.fingerprint == "aaa8fff703b50b2297f4f6e13508f724")
    }

    @Test func aTornTokenIsToldFromAWrongOne() throws {
        let text = KeyToken(.join, broker: broker.publicKey, pair: KeyPair()).text
        func fault(_ text: String) -> String {
            do {
                _ = try KeyToken(text, .join)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(fault(String(text.dropLast())).contains("missing or changed"))
        #expect(fault(text.replacingOccurrences(of: ".", with: ".0")).contains("missing or changed"))
        #expect(fault(String(text.prefix(90))).contains("four parts"))
        #expect(fault("").contains("no token"))
        let other = KeyToken(.operator, broker: broker.publicKey, pair: KeyPair()).text
        #expect(fault(other).contains("'operator', not 'join'"))
        for text in [text.dropLast(), text.prefix(90), other[...]] {
            #expect(!fault(String(text)).contains(String(text.suffix(20))), "a secret is told")
        }
    }

    /// Pins what is signed: both sides, and other releases, must find the same.
    @Test func theProofOfAnOperatorIsTheOneThatIsDocumented() throws {
        let (own, other) = (try key(from: 1), try key(from: 33))
        for key in [OperatorKey(own: own, other: other.publicKey), OperatorKey(own: other, other: own.publicKey)] {
            let mac = try #require(key).mac(challenge: [UInt8](repeating: 7, count: 32), command: [0x1a, 0])
            #expect(
                mac.map { String(format: "%02x", $0) }.joined()
                    == "d48143b683d15792bbf28ee3f56febe3357602ffbba0a1dc5e7f9475d27caeef")
        }
    }

    @Test func filesAreForTheirOwnerAloneAndAsAWholeOrNot() throws {
        let keys = try KeyFolder(folder + "/keys")
        let made = try keys.brokerKey()
        #expect(try keys.brokerKey() == made)
        #expect(try mode(folder + "/keys") == 0o700 && mode(folder + "/keys/broker.key") == 0o600)
        #expect(try String(contentsOfFile: folder + "/keys/broker.pub", encoding: .utf8) == made.publicKey.hex + "\n")
        let token = KeyToken(.join, broker: made.publicKey, pair: KeyPair())
        try TokenFile.write(token, to: folder + "/t")
        #expect(try mode(folder + "/t") == 0o600 && TokenFile.read(folder + "/t", .join) == token)
        let worker = WorkerKeyFile(KeyPair(), broker: made.publicKey, name: "attic", slot: 3)
        try worker.write(folder + "/worker.key")
        #expect(try mode(folder + "/worker.key") == 0o600 && WorkerKeyFile(file: folder + "/worker.key") == worker)
        #expect(try WorkerKeyFile(file: folder + "/none") == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["keys", "t", "worker.key"])
    }

    @Test func filesThatCannotBeUsedAreRefusedWithASentence() throws {
        let keys = try KeyFolder(folder + "/keys")
        let made = try keys.brokerKey()
        let token = KeyToken(.join, broker: made.publicKey, pair: KeyPair()).text
        func refusal(_ text: String, _ mode: Int, _ use: (String) throws -> Void) throws -> String {
            let path = folder + "/keys/broker.key"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let error = try #require(throws: RuntimeError.self) { try use(path) }
            #expect(error.kind == .key && error.description.hasPrefix("Unable to use "))
            return error.description
        }
        for mode in [0o644, 0o640, 0o602] {
            #expect(try refusal(token, mode) { _ = try TokenFile.read($0, .join) }.contains("others may read it. Make it yours"))
            #expect(try refusal(made.secretKey.hex, mode) { _ in _ = try keys.brokerKey() }.contains("chmod 600"))
            #expect(try refusal("{}", mode) { _ = try WorkerKeyFile(file: $0) }.contains("others may read it"))
        }
        #expect(try refusal("short", 0o600) { _ in _ = try keys.brokerKey() }.contains("64 hex digits"))
        #expect(try refusal("{}", 0o600) { _ = try WorkerKeyFile(file: $0) }.contains("damaged"))
        #expect(try refusal("x", 0o600) { _ = try TokenFile.read($0, .operator) }.contains("operators' key"))
        let absent = try #require(throws: RuntimeError.self) { try TokenFile.read(folder + "/none", .operator) }
        #expect(absent.description.contains("there is no such file. Copy operator.key"))
        #expect(throws: RuntimeError.self) { try TokenFile.read(folder, .join) }
    }

    /// One token for a broker's own core, however often it starts, until that one counts no more.
    @Test func aCoresTokenIsMadeOnce() throws {
        let (keys, path) = (try KeyFolder(folder + "/keys"), folder + "/join.token")
        try KeyRegistry(keys).makeCoreToken(at: path)
        #expect(try mode(path) == 0o600)
        let first = try TokenFile.read(path, .join)
        let registry = try KeyRegistry(keys)
        try registry.makeCoreToken(at: path)
        #expect(try TokenFile.read(path, .join) == first)
        let entry = try #require(keys.book.tokens.values.first)
        #expect(keys.book.tokens.count == 1 && entry.publicKey == first.pair.publicKey)
        #expect(entry.uses == 1 && entry.roles == [.core])
        // At once, without a look at the folder.
        #expect(registry.counts(KeyID(.join, entry.fingerprint)))
        try FileManager.default.removeItem(atPath: path)
        try registry.makeCoreToken(at: path)
        let second = try TokenFile.read(path, .join)
        #expect(second != first && registry.counts(KeyID(.join, second.pair.publicKey.fingerprint)))
    }
}
