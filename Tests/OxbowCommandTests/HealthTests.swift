import Foundation
import Testing

/// `oxbow health`: of a broker over HTTP, and of a worker by its file.
@Suite struct HealthTests {
    private func expect(_ code: Int32, _ words: String, _ target: String, _ more: [String] = []) throws {
        // A proxy of the environment is not asked.
        let result = try Oxbow.run(["health", target] + more, environment: ["http_proxy": "http://127.0.0.1:9"])
        #expect(result.code == code && (result.output + result.errors).contains(words), "\(result.output)\(result.errors)")
    }

    @Test func aBrokerAndAWorkerAreAsked() throws {
        let folder = try TemporaryFolder()
        let broker = try Oxbow.start(
            ["broker", "--insecure", "--bind", "tcp://127.0.0.1:*", "--state", folder.path + "/state", "--http", "127.0.0.1:*"])
        defer { broker.signal(SIGKILL) }
        let port = try broker.web().port
        try expect(0, "healthy", "http://127.0.0.1:\(port)/healthz")
        try expect(1, "it answered 404", "http://127.0.0.1:\(port)/none")

        let line = try #require(broker.errors.split(separator: "\n").first { $0.contains("endpoint=") })
        let endpoint = String(try #require(line.split(separator: "endpoint=").last))
        let (data, file) = (try SyntheticData(), folder.path + "/health")
        try expect(1, "has not joined yet", file)
        let worker = try Oxbow.start([
            "worker", "--connect", endpoint, "--insecure", "--emulate", "pi4", "--data", data.path, "--domain", "bars",
            "--health-file", file,
        ])
        defer { worker.signal(SIGKILL) }
        #expect(worker.wait { _ in FileManager.default.fileExists(atPath: file) }, "\(worker.errors)")
        #expect(worker.errors.contains("welcomed"))
        try expect(0, "healthy", file)
        worker.signal(SIGTERM)
        _ = worker.finish()
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func whatIsNotWellIsSaid() throws {
        let folder = try TemporaryFolder()
        try expect(1, "connect", "http://127.0.0.1:9/healthz")
        let file = try folder.write("health", "")
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -90)], ofItemAtPath: file)
        try expect(1, "no session with the broker for 9", file)
        try expect(0, "healthy", file, ["--within", "600"])
        try expect(2, "--within", file, ["--within", "0"])
    }
}
