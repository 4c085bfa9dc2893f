import Foundation
import OxbowRuntime
import Testing
import ZeroMQ

/// Who gets in at a broker over TCP, as what, and for how long: real processes.
@Suite(.serialized) final class KeysTests {
    private let folder: TemporaryFolder
    private let data: SyntheticData
    private let state: String
    private var processes: [Oxbow.Running] = []
    private let broker: Oxbow.Running
    private let endpoint: String

    init() throws {
        folder = try TemporaryFolder()
        data = try SyntheticData()
        state = folder.path + "/state"
        broker = try Oxbow.start(["broker", "--bind", "tcp://127.0.0.1:*", "--state", state, "--http", "127.0.0.1:*"])
        endpoint = try broker.field("endpoint")
    }

    deinit { for process in processes + [broker] { process.signal(SIGKILL) } }

    private func start(_ arguments: [String]) throws -> Oxbow.Running {
        let process = try Oxbow.start(
            ["worker", "--connect", endpoint] + arguments, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        processes.append(process)
        return process
    }

    private func edge(_ arguments: [String]) throws -> Oxbow.Running {
        try start(
            ["--data", data.path, "--domain", "bars", "--emulate", "gflops=1,outer_gflops=1,bytes_per_second=1e9"] + arguments)
    }

    private func expect(_ words: [String], _ process: Oxbow.Running, _ code: Int32 = 6) {
        if !process.wait(until: { !$0.process.isRunning }) { process.signal(SIGKILL) }
        let result = process.finish()
        #expect(result.code == code, "\(result.errors)")
        for word in words { #expect(result.sentence.contains(word), "'\(word)' is not in \(result.errors)") }
    }

    private func keys(_ arguments: String...) throws -> Oxbow.Result { try Oxbow.run(["keys"] + arguments + ["--state", state]) }

    private func list() throws -> [String: [[String: Any]]] {
        let text = try keys("list", "--format", "json").output
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]])
    }

    /// Neither a key, nor a token, nor encryption: nothing of what they send is looked at.
    @Test func strangersAreRefusedInTheHandshake() throws {
        let public_ = try String(contentsOfFile: state + "/keys/broker.pub", encoding: .utf8)
        let made = try Oxbow.run(["keys", "new", "--worker", "--state", folder.path + "/w", "--broker-key", public_])
        #expect(made.code == 0 && made.output.count == 65, "\(made.errors)")
        let unknown = try edge(["--state", folder.path + "/w"])
        let plain = try edge(["--insecure"])
        // Made for another broker; here in one with a key of its own.
        let other = try edge(["--join", try Oxbow.token(folder.path + "/other")])
        expect(["the broker does not know this key", "oxbow keys new"], unknown)
        expect(["the broker there is encrypted"], plain)
        expect(["is not the broker that this key is for"], other)
        expect(["has no key", "--join"], try edge([]), 2)
        let metrics = try broker.web().get("/metrics").text
        #expect(metrics.contains("\noxbow_handshakes_refused_total 1\n"), "\(metrics)")
        let refusals = metrics.split(separator: "\n").filter { $0.hasPrefix("oxbow_refusals_total{") }
        #expect(!refusals.isEmpty && refusals.allSatisfy { $0.hasSuffix(" 0") }, "\(refusals)")
        #expect(metrics.contains("\noxbow_sessions_total 0\n"), "\(metrics)")
        #expect(broker.wait { $0.errors.contains("connections with unknown keys are refused") })
    }

    @Test func aTokenHasItsLimits() throws {
        let once = try Oxbow.token(state, ["--tier", "small"])
        let kept = ["--state", folder.path + "/w", "--join", once]
        expect(["the token is for tier small, not 'large'"], try edge(["--tier", "large"] + kept))
        let worker = try edge(["--tier", "small", "--id", "attic"] + kept)
        #expect(broker.wait { $0.errors.contains("joined") && $0.errors.contains("id=attic") })
        worker.signal(SIGTERM)
        #expect(worker.finish().code == 130)
        // Its key is enrolled, and the token is not asked for; but not for another tier, name or tag.
        let file = try FileManager.default.attributesOfItem(atPath: folder.path + "/w/worker.key")
        #expect(file[.posixPermissions] as? Int == 0o600)
        expect(["enrolled for tier 'small', not 'large'"], try edge(["--tier", "large"] + kept))
        expect(["is not enrolled with tag gpu=yes"], try edge(["--tag", "gpu=yes"] + kept))
        expect(["is enrolled as 'attic'"], try edge(["--id", "cellar"] + kept), 2)
        expect(["used up: it was for 1 worker", "oxbow keys new"], try edge(["--join", once]))
        let brief = try Oxbow.token(state, ["--expires", "0.001s"])
        expect(["the token expired at"], try edge(["--join", brief]))
        expect(["the token is for role edge only"], try start(["--role", "core", "--join", try Oxbow.token(state, [])]))
        expect(["another key is enrolled as 'attic'"], try edge(["--id", "attic", "--join", try Oxbow.token(state, [])]))
        expect(["missing or changed"], try edge(["--join", String(once.dropLast())]), 2)
        let open = try folder.write("open.token", once)
        expect(["others may read it"], try edge(["--join", "@" + open]), 4)
        let all = try list()
        #expect(all["workers"]?.count == 1 && all["workers"]?.first?["slot"] as? Int == 0, "\(all)")
        let said = try keys("list").output + broker.errors
        for token in [once, brief] { #expect(!said.contains(try KeyToken(token, .join).pair.secretKey.hex)) }
        #expect(!said.contains(try String(contentsOfFile: state + "/keys/broker.key", encoding: .utf8).prefix(64)))
    }

    /// A worker by hand; a broker that is started anew; a key that is revoked while its worker is connected.
    @Test func enrolmentsLastUntilTheyAreRevoked() throws {
        let place = folder.path + "/w"
        let public_ = try Oxbow.run(
            ["keys", "new", "--worker", "--state", place, "--broker-key", try broker.field("broker_key")]
        ).output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try keys("enroll", "--key", public_, "--name", "attic", "--tier", "small").code == 0)
        #expect(try keys("enroll", "--key", KeyPair().publicKey.hex, "--name", "attic").code == 2)
        let worker = try edge(["--state", place])
        #expect(broker.wait { $0.errors.contains("joined") }, "\(worker.errors)")
        // A second process of its folder would be the same worker.
        let second = try edge(["--state", place])
        expect(["another worker uses it"], second, 7)
        // Barriers, judges and generators can tell of images: they are their user's.
        let mode = try FileManager.default.attributesOfItem(atPath: state + "/journal.jsonl")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        broker.signal(SIGKILL)
        _ = broker.finish()
        let next = try Oxbow.start(["broker", "--bind", endpoint, "--state", state])
        processes.append(next)
        #expect(next.wait { $0.errors.contains("id=attic member=worker-0") }, "\(next.errors)")
        let key = state + "/operator.key"
        #expect(try Oxbow.run(["ls", "--connect", endpoint, "--key", key]).code == 0)
        #expect(try keys("revoke", "attic").code == 0)
        expect(["the broker does not know this key, or it was revoked"], worker)
        #expect(next.wait { $0.errors.contains("lost") && $0.errors.contains("its key was revoked") }, "\(next.errors)")
        #expect(try keys("revoke", "attic").code == 2)
        #expect(try list()["workers"]?.first?["revoked"] is Double)
        // Operators come and go in the same way.
        let alice = folder.path + "/alice.key"
        #expect(try keys("new", "--operator", "--name", "alice", "--out", alice).code == 0)
        #expect(try Oxbow.run(["ls", "--connect", endpoint, "--key", alice]).code == 0)
        #expect(try keys("revoke", "alice").code == 0)
        Thread.sleep(forTimeInterval: 2)
        let refused = try Oxbow.run(["ls", "--connect", endpoint, "--key", alice])
        #expect(refused.code == 6 && refused.sentence.contains("does not know this key"), "\(refused.errors)")
    }

    /// Who was refused may come again with another broker's token.
    @Test func aKeyThatWasNeverLetInIsMadeAnew() throws {
        let other = folder.path + "/other"
        #expect(try Oxbow.run(["keys", "new", "--state", other, "--out", folder.path + "/other.token"]).code == 0)
        let place = folder.path + "/w"
        expect(["Unable to join"], try edge(["--state", place, "--join", "@" + folder.path + "/other.token"]))
        let token = try Oxbow.token(state, ["--tier", "small"])
        let worker = try edge(["--state", place, "--join", token])
        #expect(broker.wait { $0.errors.contains("joined") }, "\(worker.errors)")
    }

    @Test func helpHasAnExample() throws {
        for command in ["new", "enroll", "list", "revoke"] {
            let help = try Oxbow.run(["keys", command, "--help"])
            #expect(help.code == 0 && help.output.contains("Example: oxbow keys \(command)"), "\(command)")
        }
        #expect(try Oxbow.run(["keys", "new", "--help"]).output.contains("(default: 24h)"))
        #expect(try Oxbow.run(["keys", "list", "--state", folder.path + "/none"]).code == 4)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
    }
}
