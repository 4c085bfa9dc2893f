import Foundation
import Testing

/// `oxbow broker --http`: who may read, and what is answered.
@Suite(.serialized) final class WebTests {
    private let folder: TemporaryFolder
    private var processes: [Oxbow.Running] = []

    init() throws { folder = try TemporaryFolder() }

    deinit { for process in processes { process.signal(SIGKILL) } }

    private func broker(_ more: [String] = []) throws -> WebClient {
        let broker = try Oxbow.start(
            ["broker", "--bind", "tcp://127.0.0.1:*", "--state", folder.path + "/state", "--http", "127.0.0.1:*"] + more)
        processes.append(broker)
        return try broker.web()
    }

    @Test func itIsHealthyReadyAndMeasured() throws {
        let client = try broker()
        #expect(try client.get("/healthz").text == "ok\n" && client.get("/readyz").status == 200)
        let metrics = try client.get("/metrics")
        #expect(metrics.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(metrics.text.contains("\noxbow_ready 1\n") && metrics.text.contains("# TYPE oxbow_bulk_bytes_total counter\n"))
        let status = try JSONSerialization.jsonObject(with: Data(try client.get("/api/status").body)) as? [String: Any]
        #expect((status?["members"] as? [Any])?.isEmpty == true)
        let page = try client.get("/")
        #expect(page.text.hasPrefix("<!DOCTYPE html>"))
        #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(page.headers["x-content-type-options"] == "nosniff")
        let head = try client.get("/", method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
    }

    @Test func nothingElseIsThere() throws {
        let client = try broker()
        for path in [
            "/none", "/runs/x/samples/cluster-0-round-1.png", "/runs/../samples/operator.key", "/runs/x/samples/..%2frun.json",
            "/runs/..%2f/samples/operator.key", "/runs/%2e%2e/samples/operator.key", "//etc/passwd", "/%00", "/runs//samples/",
        ] {
            let reply = try client.get(path)
            #expect([400, 404].contains(reply.status), "\(path): \(reply.status)")
        }
        #expect(try client.get("/", method: "POST").status == 405)
        // Pages of others may be opened under a name that leads here.
        #expect(try client.get("/api/status", host: "evil.example").status == 421)
        #expect(try client.get("/api/status", host: "localhost").status == 200)
    }

    @Test func aTokenIsShownOnceAndThenACookie() throws {
        let secret = "a-token-of-some-length"
        let path = try folder.write("token", secret + "\n")
        #expect(
            try Oxbow.run(["broker", "--state", folder.path + "/s", "--http", "127.0.0.1:*", "--http-token", path]).code == 4)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let client = try broker(["--http-token", path])
        #expect(try client.get("/healthz").status == 200 && client.get("/readyz").status == 200)
        for closed in ["/", "/metrics", "/api/status", "/events", "/none", "/?token=wrong", "/?token="] {
            let reply = try client.get(closed)
            #expect(reply.status == 401 && !reply.text.contains("tcp://"), "\(closed): \(reply.status)")
        }
        #expect(try client.get("/metrics", ["Authorization: Bearer \(secret)"]).status == 200)
        #expect(try client.get("/metrics", ["Authorization: Bearer \(secret)x"]).status == 401)
        let entrance = try client.get("/?token=\(secret)")
        #expect(entrance.status == 303 && entrance.headers["location"] == "/")
        let set = try #require(entrance.headers["set-cookie"])
        #expect(set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains(secret))
        let cookie = String(set.prefix { $0 != ";" })
        #expect(try client.get("/", ["Cookie: \(cookie)"]).status == 200)
        #expect(try client.get("/", ["Cookie: \(cookie)x"]).status == 401)
        #expect(try client.get("//evil.example/?token=\(secret)").headers["location"] == "/evil.example/")
    }

    @Test func whatCannotBeServedIsSaidInOneSentence() throws {
        let client = try broker()
        let command = ["broker", "--bind", "tcp://127.0.0.1:*", "--state", folder.path + "/other", "--http"]
        for (options, code, words) in [
            (["127.0.0.1:\(client.port)"], 5, "the port is in use"), (["0.0.0.0:0"], 2, "--http-open"),
            (["nonsense"], 2, "HOST:PORT"),
            (["127.0.0.1:*", "--http-token", folder.path + "/none"], 4, "there is no such file"),
        ] as [([String], Int32, String)] {
            let result = try Oxbow.run(command + options)
            #expect(result.code == code && result.sentence.contains(words), "\(result.errors)")
            #expect(result.sentence.hasPrefix("oxbow: Unable to "), "\(result.errors)")
        }
        let alone = try Oxbow.run(["broker", "--state", folder.path + "/other", "--http-open"])
        #expect(alone.code == 2 && alone.sentence.contains("--http HOST:PORT"), "\(alone.errors)")
    }

    /// A broker, a core and two workers: what happens reaches who listens, and is counted.
    @Test func aRunIsWatched() throws {
        let client = try broker(["--log-format", "json"])
        let broker = processes[0]
        let endpoint = try broker.field("endpoint")
        let data = try SyntheticData()
        let file = try folder.write(
            "e.yaml",
            """
            model: { width: 0.1, batch: 8 }
            data: { domains: [bars] }
            fleet: [ { tier: small, workers: 2, domain: bars } ]
            rounds: 3
            steps_per_round: 2
            """)
        let stream = try client.listen()
        #expect((try stream.next("status")?["member_count"] as? Int) == 0)
        let worker = ["worker", "--connect", endpoint, "--join", try Oxbow.token(folder.path + "/state"), "--log-format", "json"]
        let cache = ["XDG_CACHE_HOME": folder.path + "/cache"]
        processes.append(try Oxbow.start(worker + ["--role", "core"], environment: cache))
        for number in 1...2 {
            let more = [
                "--id", "w\(number)", "--tier", "small", "--data", data.path, "--domain", "bars", "--shard", "\(number)/2",
            ]
            processes.append(try Oxbow.start(worker + more, environment: cache))
        }
        let operators = ["--connect", endpoint, "--key", folder.path + "/state/operator.key", "--timeout", "60"]
        let submit = ["submit", file, "--name", "base", "--image", "16x16x1", "--classes", "4"]
        #expect(try Oxbow.run(submit + operators).code == 0)
        #expect((try stream.next("note") { ($0["text"] as? String)?.contains("run base begins") == true }) != nil)
        let first = try #require(try stream.next("step"))
        #expect(first["run"] as? String == "base" && first["round"] as? Int == 1 && first["step"] as? Int == 1)
        #expect((try stream.next("step")?["step"] as? Int) == 2)
        #expect((try stream.next("note") { ($0["text"] as? String) == "round 3 committed by 3 members" }) != nil)
        let whole = try #require(try stream.next("status") { ($0["run"] as? [String: Any])?["state"] as? String == "finished" })
        #expect(((whole["tiers"] as? [[String: Any]])?.compactMap { $0["name"] as? String }) == ["core", "small"])
        try pictures(client)
        let metrics = try client.get("/metrics").text
        for line in [
            "oxbow_steps_total 6", "oxbow_rounds_total 3", "oxbow_run_active 0", "oxbow_http_event_streams 1",
            "oxbow_exchange_seconds_count{exchange=\"1\",tier=\"small\"} 12",
            "oxbow_exchange_seconds_count{exchange=\"7\",tier=\"core\"} 3",
            "oxbow_workers{activity=\"idle\",tier=\"small\"} 2",
        ] { #expect(metrics.contains("\n\(line)\n"), "\(line) is not in \(metrics)") }
        #expect(try client.get("/api/charts").text.contains("D on real"))
        for line in ["\"round\":\"3\",\"run\":\"base\"", "\"worker\":\"w1\""] { #expect(broker.errors.contains(line), "\(line)") }
        #expect(processes[2].wait { $0.errors.contains("the run is over") })
        let last = processes[2].errors.split(separator: "\n").last { $0.contains("the run is over") }
        for key in ["\"round\":\"3\"", "\"run\":\"", "\"worker\":\"w1\""] { #expect(last?.contains(key) == true, "\(key)") }
        broker.signal(SIGTERM)
        #expect((try stream.next("status") { ($0["broker"] as? [String: Any])?["is_ended"] as? Bool == true }) != nil)
        #expect(broker.finish().code == 0)
    }

    /// Grids of the last barrier, of a run's folder and of nowhere else.
    private func pictures(_ client: WebClient) throws {
        func grids() throws -> [[String: Any]] {
            let status = try JSONSerialization.jsonObject(with: Data(try client.get("/api/status").body)) as? [String: Any]
            return (status?["grids"] as? [[String: Any]] ?? []).filter { $0["round"] as? Int == 3 }
        }
        // Another thread puts the files of a barrier in place.
        #expect(processes[0].wait { _ in (try? grids().isEmpty) == false })
        let shown = try grids()
        let path = try #require(shown.first?["path"] as? String)
        let picture = try client.get(path)
        #expect(picture.status == 200 && picture.headers["content-type"] == "image/png")
        #expect(picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        for other in ["/runs/base/samples/..%2frun.json", "/runs/base/samples/run.json", "/runs/base/run.json"] {
            #expect(try client.get(other).status == 404, "\(other)")
        }
    }
}

extension Oxbow.Running {
    /// What a broker's log says of where it listens, in text or JSON.
    func field(_ name: String) throws -> String {
        let marks = ["\(name)=", "\"\(name)\":\""]
        func found(_ text: String) -> String? {
            marks.compactMap { text.range(of: $0) }.first.map { range in
                String(text[range.upperBound...].prefix { !$0.isWhitespace && $0 != "\"" })
            }
        }
        guard wait(until: { found($0.errors) != nil }), let value = found(errors) else {
            throw WebClient.Failure(description: "no \(name) in \(errors)")
        }
        return value
    }

    /// A reader of a broker that serves HTTP, once it serves.
    func web() throws -> WebClient {
        _ = try field("endpoint")
        let digits = try field("address").drop { $0 != ":" }.dropFirst().drop { $0 != ":" }.dropFirst().prefix { $0.isNumber }
        guard let port = UInt16(digits) else { throw WebClient.Failure(description: "no port in \(errors)") }
        return WebClient(port: port)
    }
}
