import Foundation
import Testing

/// One clear sentence, the documented exit code, and nothing left behind.
@Suite struct BadInputTests {
    private let data: SyntheticData
    private let out: TemporaryFolder

    init() throws {
        data = try SyntheticData()
        out = try TemporaryFolder()
    }

    private func expect(
        _ code: Int32, _ words: [String], _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try Oxbow.run(arguments, environment: ["XDG_CACHE_HOME": out.path + "/cache"])
        #expect(result.code == code, "\(result.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(result.sentence.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
        }
        #expect(!FileManager.default.fileExists(atPath: run + "/report.json"), sourceLocation: sourceLocation)
    }

    private var run: String { out.path + "/run" }
    private var arguments: [String] { data.runArguments(out: run) }

    @Test func aMissingFile() throws {
        try FileManager.default.removeItem(at: data.file("bars/labels-idx1-ubyte"))
        try expect(3, ["Unable to", "labels-idx1-ubyte"], arguments)
    }

    @Test func aTornFile() throws {
        let file = data.file("bars/images-idx3-ubyte")
        try Data(contentsOf: file).dropLast(1000).write(to: file)
        try expect(3, ["Unable to", "images-idx3-ubyte"], arguments)
    }

    @Test func imagesAndLabelsOfUnequalCount() throws {
        var labels = [UInt8](try Data(contentsOf: data.file("bars/labels-idx1-ubyte")))
        labels.removeLast()
        labels[7] -= 1
        try Data(labels).write(to: data.file("bars/labels-idx1-ubyte"))
        try expect(3, ["Unable to", "119", "120"], arguments)
    }

    @Test func noDomains() throws {
        let empty = try TemporaryFolder()
        try expect(3, ["Unable to", empty.path], ["run", "--preset", "smoke", "--data", empty.path, "--out", run])
    }

    @Test func unknownAndImpossibleValues() throws {
        try expect(2, ["rounnds", "rounds"], arguments + ["--set", "rounnds=3"])
        try expect(2, ["model.width"], arguments + ["--set", "model.width=-1"])
        try expect(2, ["cuts"], arguments + ["--set", "fleet.0.cuts=[0,0,0,7]"])
        let file = try out.write("bad.yaml", "rounds: [1, 2\n")
        try expect(2, ["bad.yaml"], ["run", file, "--out", run])
        try expect(2, ["no-such.yaml"], ["run", "no-such.yaml", "--out", run])
        try expect(2, ["experiment"], ["run"])
    }

    @Test func anOutputFolderThatCannotBeWritten() throws {
        let file = try out.write("file", "x")
        try expect(7, ["Unable to write", file], data.runArguments(out: file + "/run"))
    }

    @Test func aFolderWithAFinishedRun() throws {
        try FileManager.default.createDirectory(atPath: out.path + "/old", withIntermediateDirectories: true)
        _ = try out.write("old/report.json", "{}")
        try expect(7, ["finished run"], data.runArguments(out: out.path + "/old"))
    }

    @Test func brokenFixtures() throws {
        _ = try out.write("fleet.json", "{}")
        _ = try out.write("fleet.safetensors", "not a state file")
        let result = try Oxbow.run(["doctor", "--fixtures", out.path])
        #expect(result.code == 4, "\(result.errors)")
        #expect(result.sentence.contains("fleet.safetensors"))
        #expect(try Oxbow.run(["doctor", "--fixtures", data.path]).code == 4)
    }

    @Test func aPortInUse() throws {
        let experiment = try out.write("e.yaml", "rounds: 1\n")
        let (first, endpoint) = try Oxbow.startBroker(["--experiment", experiment])
        defer { first.signal(SIGKILL) }
        let second = try Oxbow.run(["broker", "--bind", endpoint, "--insecure", "--experiment", experiment])
        #expect(second.code == 5, "\(second.errors)")
        #expect(second.sentence.contains("Unable to"))
        first.signal(SIGTERM)
        #expect(first.finish().code == 130)
    }

    @Test func aNetworkWithoutEncryptionMustBeSaid() throws {
        let far = ["--connect", "tcp://example.invalid:5555", "--domain", "bars", "--data", data.path]
        let experiment = try out.write("e.yaml", "rounds: 1\n")
        let broker = ["broker", "--bind", "tcp://*:5555", "--experiment", experiment]
        try expect(2, ["--insecure-anywhere"], broker + ["--insecure"])
        try expect(2, ["--insecure-anywhere"], ["worker", "--insecure"] + far)
        try expect(2, ["Say both"], ["worker", "--insecure-anywhere"] + far)
        try expect(2, ["--state"], broker)
        try expect(2, ["--join"], ["worker"] + far)
    }

    @Test func aWorkerWhoseDataDoNotFitIsToldWhy() throws {
        let experiment = try out.write("e.yaml", "rounds: 1\n")
        let (broker, endpoint) = try Oxbow.startBroker(["--experiment", experiment])
        defer { broker.signal(SIGKILL) }
        let worker = ["worker", "--connect", endpoint, "--insecure", "--data", data.path, "--domain", "bars"]
        let unfit = try Oxbow.run(worker + ["--tier", "small"])
        #expect(unfit.code == 6)
        #expect(unfit.sentence.contains("16x16x1"), "\(unfit.errors)")
        broker.signal(SIGTERM)
        _ = broker.finish()
    }

    @Test func aTierThatIsNotInTheExperiment() throws {
        let experiment = try out.write(
            "e.yaml", "rounds: 1\nfleet: [{ tier: small, workers: 1, domain: bars }]\ndata: { domains: [bars] }\n")
        let (broker, endpoint) = try Oxbow.startBroker(["--experiment", experiment, "--image", "16x16x1", "--classes", "4"])
        defer { broker.signal(SIGKILL) }
        let worker = ["worker", "--connect", endpoint, "--insecure", "--data", data.path, "--domain", "bars"]
        let stranger = try Oxbow.run(worker + ["--tier", "huge"])
        #expect(stranger.code == 6)
        #expect(stranger.sentence.contains("huge") && stranger.sentence.contains("small"), "\(stranger.errors)")
        broker.signal(SIGTERM)
        _ = broker.finish()
    }
}
