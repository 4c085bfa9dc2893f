import Foundation

/// A process of this program that a run, or a broker, supervises. It ends by itself when its standard input does.
// Sendable: everything mutable is behind `lock`; Process itself is only touched by `start`, `stop` and its handlers.
final class Child: @unchecked Sendable {
    let name: String
    private let arguments: [String]
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = Pipe()
    private let takeLine: @Sendable (String) -> Void
    private let takeLog: @Sendable (String) -> Void
    private let lock = NSLock()
    private var partial: [String: Data] = [:]
    private var lastErrors: [String] = []
    private var closed: Set<String> = []
    private var status: Int32?
    private var signalNumber: Int32?

    /// - Parameters:
    ///   - line: called with each line of standard output, on any thread, in order.
    ///   - log: called with each line of standard error.
    init(
        _ name: String, _ arguments: [String], line: @escaping @Sendable (String) -> Void,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.name = name
        self.arguments = arguments
        process.executableURL = URL(fileURLWithPath: CommandLine.executablePath)
        process.arguments = arguments
        // Whoever starts it has seen to its key.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "OXBOW_JOIN_FILE" }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        (takeLine, takeLog) = (line, log)
        process.terminationHandler = { [weak self] process in
            self?.ended(process.terminationStatus, bySignal: process.terminationReason != .exit)
        }
    }

    func start() throws {
        do {
            try process.run()
        } catch {
            throw Failure(.bug, "Unable to start '\(name)': \(error.localizedDescription).")
        }
        read(output, "out", takeLine)
        read(errors, "err") { [weak self] text in
            self?.remember(text)
            self?.takeLog(text)
        }
    }

    var pid: Int32 { process.processIdentifier }

    /// The exit code, once it ended; 128 + the signal's number if a signal ended it.
    var exitCode: Int32? { lock.withLock { status } }

    /// The signal that ended it.
    var endingSignal: Int32? { lock.withLock { signalNumber } }

    /// Whether all that it said has been read.
    var isReadToEnd: Bool { lock.withLock { closed.count == 2 } }

    /// What it said last on standard error; of an ended process, once all of it has been read.
    var lastWords: String {
        let deadline = Date().addingTimeInterval(1)
        while exitCode != nil, lock.withLock({ !closed.contains("err") }), Date() < deadline { usleep(5_000) }
        // Its log is not meant for people; the sentence at the end is.
        let prefix = "oxbow: "
        let sentence = lock.withLock { lastErrors.last { $0.hasPrefix(prefix) } }
        if let sentence { return String(sentence.dropFirst(prefix.count)) }
        return endingSignal.map { "it was ended by signal \($0)" } ?? "it ended without a word"
    }

    /// Lets it end by itself: its standard input ends.
    func letGo() { try? input.fileHandleForWriting.close() }

    func kill() { if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) } }

    private func remember(_ text: String) {
        lock.withLock { lastErrors = (lastErrors + [text]).suffix(5) }
    }

    private func close(_ key: String) { lock.withLock { _ = closed.insert(key) } }

    private func ended(_ code: Int32, bySignal: Bool) {
        lock.withLock {
            signalNumber = bySignal ? code : nil
            status = bySignal ? 128 + code : code
        }
    }

    /// On a thread of its own to the end: `readabilityHandler` now and then never tells of the end, and who waits for it waits for ever.
    private func read(_ pipe: Pipe, _ key: String, _ line: @escaping @Sendable (String) -> Void) {
        let handle = pipe.fileHandleForReading
        let thread = Thread { [weak self] in
            while true {
                let data = handle.availableData
                self?.split(data, key).forEach(line)
                if data.isEmpty { break }
            }
            self?.close(key)
        }
        thread.name = "\(name) \(key)"
        thread.start()
    }

    /// Whole lines so far; the rest waits for more. At the end, the rest too.
    private func split(_ data: Data, _ key: String) -> [String] {
        lock.withLock {
            var buffer = partial[key, default: Data()]
            buffer.append(data)
            var lines: [String] = []
            while let end = buffer.firstIndex(of: 10) {
                lines.append(String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self))
                buffer = Data(buffer[(end + 1)...])
            }
            if data.isEmpty, !buffer.isEmpty {
                lines.append(String(decoding: buffer, as: UTF8.self))
                buffer = Data()
            }
            partial[key] = buffer
            return lines
        }
    }
}

extension CommandLine {
    /// This program's own file.
    static var executablePath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
