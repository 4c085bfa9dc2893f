import Foundation

/// Warnings in the logs of a run's members, such as of a state that is damaged, on their way to the session's loop.
// Sendable: everything is under the lock.
final class WarningBox: @unchecked Sendable {
    private let lock = NSLock()
    private var sentences: [String] = []
    private var counts: [String: Int] = [:]

    /// Of each member; the log has them all.
    private static let limit = 10

    private struct Line: Decodable {
        var level: String
        var message: String
    }

    /// Takes in a line of a member's log, of whatever kind.
    func take(_ name: String, _ line: String) {
        guard line.contains("\"warning\""), let read = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)),
            read.level == "warning"
        else { return }
        lock.withLock {
            counts[name, default: 0] += 1
            switch counts[name, default: 0] {
            case ...Self.limit: sentences.append("\(name): \(read.message)")
            case Self.limit + 1: sentences.append("\(name): more warnings are in the run's log")
            default: break
            }
        }
    }

    /// What there is to say since the last call.
    func untold() -> [String] {
        lock.withLock {
            defer { sentences = [] }
            return sentences
        }
    }
}
