import Dispatch
import Foundation
import OxbowExperiment

/// What a benchmark must not leave behind when a signal ends it: processes and folders.
// Sendable: everything is under the lock.
final class BenchCleanup: @unchecked Sendable {
    static let shared = BenchCleanup()
    private let lock = NSLock()
    private var processes: [Process] = []
    private var folders: [PrivateFolder] = []
    private var sources: [any DispatchSourceSignal] = []

    /// From now on SIGINT and SIGTERM end the processes, remove the folders and then end this process.
    func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in end() }
            source.resume()
            lock.withLock { sources.append(source) }
        }
    }

    func add(_ process: Process) { lock.withLock { processes.append(process) } }
    func add(_ folder: PrivateFolder) { lock.withLock { folders.append(folder) } }

    private func end() {
        let running = lock.withLock { processes.filter { $0.isRunning } }
        running.forEach { $0.terminate() }
        let deadline = Date().addingTimeInterval(15)
        while running.contains(where: { $0.isRunning }), Date() < deadline { usleep(20_000) }
        lock.withLock { folders }.forEach { $0.remove() }
        FileHandle.standardError.write(Data("oxbow: Stopped by a signal: nothing was measured to the end.\n".utf8))
        exit(ExitBand.interrupted.rawValue)
    }
}
