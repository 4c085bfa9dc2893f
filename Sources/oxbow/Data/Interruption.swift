import Foundation
import OxbowExperiment

/// Ends the process at an interrupt with one sentence. For commands whose files are right at any moment.
struct Interruption {
    private let sources: [any DispatchSourceSignal]

    init(_ sentence: String) { self.init { sentence } }

    /// - Parameter sentence: called at the interrupt, on another thread.
    init(_ sentence: @escaping @Sendable () -> String) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                FileHandle.standardError.write(Data("\noxbow: \(sentence())\n".utf8))
                // Not exit: that would take libraries down under the thread that is at work.
                _exit(ExitBand.interrupted.rawValue)
            }
            source.resume()
            return source
        }
    }
}
