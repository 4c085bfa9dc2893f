import Foundation

/// The steps that are measured, and how they are run.
struct StepLoad {
    var workers: Int
    var batch: Int
    var width: Double
    var steps: Int

    var samplesPerStep: Int { workers * batch }

    private static let side = 28
    private static let classes = 10
    private static let domain = "noise"

    /// A domain of noise images, two batches for every worker: the arithmetic does not care what they show.
    func writeData(to path: String) throws {
        let folder = path + "/" + Self.domain
        try OutputFolder.make(folder)
        // A tenth of each class is kept for testing.
        let count = max(100, samplesPerStep * 5 / 2)
        func header(_ type: UInt8, _ sizes: [Int]) -> [UInt8] {
            [0, 0, 8, type] + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } }
        }
        var noise = BenchNoise(seed: 7)
        let pixels = (0..<(count * Self.side * Self.side)).map { _ in UInt8(noise.next() >> 24) }
        let labels = (0..<count).map { UInt8($0 % Self.classes) }
        try OutputFolder.write(
            Data(header(3, [count, Self.side, Self.side]) + pixels), to: folder + "/images-idx3-ubyte")
        try OutputFolder.write(Data(header(1, [count]) + labels), to: folder + "/labels-idx1-ubyte")
    }

    private var experiment: String {
        """
        seed: 1
        model: { width: \(width), batch: \(batch) }
        data: { domains: [\(Self.domain)] }
        fleet: [ { tier: small, workers: \(workers), domain: \(Self.domain), cuts: [0, 0, 0, 0] } ]
        rounds: 2
        steps_per_round: \(steps)
        evaluation: { every: 0, samples: 0, classification: false }
        """
    }

    /// One `oxbow run`, as a process of its own.
    func run(_ transport: Transport, in place: String, turn: Int) throws -> StepRun {
        let out = place + "/\(transport.rawValue)-\(turn)", file = place + "/experiment.yaml"
        try OutputFolder.write(Data(experiment.utf8), to: file)
        let arguments = [
            "run", file, "--data", place + "/data", "--out", out, "--transport", transport.rawValue, "--format", "json",
        ]
        let output = try Self.output(of: CommandLine.executablePath, arguments, what: "oxbow run")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { return try decoder.decode(StepRun.self, from: output) } catch {
            throw Failure(.bug, "Unable to read the report of 'oxbow run': \(error).")
        }
    }

    /// Seconds of each step, as another program measured them.
    func runBeside(_ command: String) throws -> [Double] {
        let words = command.split(separator: " ").map(String.init)
        let arguments =
            words + ["--workers", "\(workers)", "--batch", "\(batch)", "--width", "\(width)", "--steps", "\(steps)"]
        let output = try Self.output(of: "/usr/bin/env", arguments, what: command)
        struct Answer: Decodable {
            var seconds: [Double]
            var samples_per_step: Int
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: output), !answer.seconds.isEmpty,
            answer.samples_per_step == samplesPerStep
        else {
            throw Failure(
                .compute,
                "Unable to compare with '\(command)': it did not print 'seconds' and 'samples_per_step' (\(samplesPerStep)) "
                    + "as a line of JSON. Try it by itself.")
        }
        return answer.seconds
    }

    private static func output(of program: String, _ arguments: [String], what: String) throws -> Data {
        let process = Process(), pipe = Pipe(), errors = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = errors
        // Read beside the output: a full pipe would stop the process.
        let words = LastLine(errors)
        do { try process.run() } catch {
            throw Failure(.compute, "Unable to start '\(what)': \(error.localizedDescription). Check the command.")
        }
        BenchCleanup.shared.add(process)
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(.compute, "Unable to measure '\(what)': it ended with \(process.terminationStatus): \(words.text)")
        }
        return data
    }
}

/// Reads a pipe to its end and remembers the last line.
// Sendable: the text is behind the lock.
final class LastLine: @unchecked Sendable {
    private let lock = NSLock()
    private var last = ""

    init(_ pipe: Pipe) {
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.take(String(decoding: data, as: UTF8.self))
        }
    }

    private func take(_ text: String) {
        guard let line = text.split(whereSeparator: \.isNewline).last else { return }
        lock.withLock { last = String(line) }
    }

    var text: String { lock.withLock { last } }
}
