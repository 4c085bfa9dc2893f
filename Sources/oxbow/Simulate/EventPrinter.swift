import Foundation
import OxbowProtocol

/// Prints a simulation's events, a line each.
struct EventPrinter: Sendable {
    private struct Line: Encodable {
        var seed: UInt64
        /// Of virtual time.
        var seconds: Double
        var event: String
    }

    let format: OutputFormat

    func show(_ seed: UInt64, _ time: Duration, _ event: String) {
        switch format {
        case .text: print("\(seed): \(time) \(event)")
        case .json: Self.printLine(Line(seed: seed, seconds: time.inSeconds, event: event))
        }
    }

    /// One line of JSON. Values of ours always encode.
    static func printLine(_ value: some Encodable) {
        guard let data = try? JSON.lineEncoder.encode(value) else { return }
        print(String(decoding: data, as: UTF8.self))
    }
}
