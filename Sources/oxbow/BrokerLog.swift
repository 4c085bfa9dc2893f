import Foundation
import Logging
import OxbowProtocol
import OxbowWeb
import ZeroMQ

/// One line of a supervised broker's standard output.
struct BrokerLine: Codable {
    /// Seconds since 1970.
    var time: Double
    /// The first line: where the broker listens.
    var listening: String?
    var note: BrokerNote?

    /// Those of a log that can be read, in order; a torn one is passed over.
    static func lines(ofFile path: String) -> [BrokerLine] {
        let decoder = decoder
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? decoder.decode(BrokerLine.self, from: Data($0.utf8)) }
    }

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}

/// Tells people (a log) or a supervisor (JSON lines) what a broker does.
struct BrokerLog {
    let logger: Logger
    let asLines: Bool
    private let encoder = BrokerLine.encoder
    private let teller = NoteTeller()
    private let place = RunPlace()

    init(logger: Logger, asLines: Bool) { (self.logger, self.asLines) = (logger, asLines) }

    /// - Parameter key: the broker's public one; nil: it is not encrypted.
    func listening(_ endpoint: String, key: CurveKey?) {
        if asLines {
            write(BrokerLine(time: now, listening: endpoint))
        } else {
            var facts: Logger.Metadata = ["endpoint": "\(endpoint)"]
            if let key { facts["broker_key"] = "\(key.hex)" }
            logger.notice("listening", metadata: facts)
        }
    }

    func serves(_ address: WebAddress) {
        // Standard output is a supervisor's.
        logger.notice("serving HTTP", metadata: ["address": "http://\(address)/"])
    }

    func note(_ note: BrokerNote) {
        if asLines { write(BrokerLine(time: now, note: note)) } else { log(note) }
    }

    private var now: Double { Date().timeIntervalSince1970 }

    private func write(_ line: BrokerLine) {
        guard let data = try? encoder.encode(line) else { return }
        // A supervisor that is gone ends this process by the end of standard input, not by a failed write.
        try? FileHandle.standardOutput.write(contentsOf: data + Data("\n".utf8))
    }

    private func log(_ note: BrokerNote) {
        let sentence = teller.sentence(note)
        place.take(note)
        let logger = place.logger(logger, note)
        switch note {
        case .joined(let member, let workerID, let tier, let epoch):
            logger.notice(
                "joined", metadata: ["member": "\(member)", "id": "\(workerID)", "tier": "\(tier)", "session": "\(epoch)"])
        case .lost(let member, let reason): logger.warning("lost", metadata: ["member": "\(member)", "reason": "\(reason)"])
        case .refused(let code, let message):
            logger.warning("refused", metadata: ["code": "\(code)", "reason": "\(message)"])
        case .planned(let plan):
            logger.notice("planned", metadata: ["run_number": "\(plan.run)", "workers": "\(plan.assignments.count)"])
        case .metrics(let member, let metrics):
            logger.debug("step", metadata: ["member": "\(member)", "round": "\(metrics.round)", "step": "\(metrics.step)"])
        case .stalled(let stall):
            logger.warning(
                "nothing moves",
                metadata: [
                    "waits_for": "\(stall.what)", "from": "\(StatusText.few(stall.from))", "seconds": "\(Int(stall.seconds))",
                ])
        case .returned(let barrier, _) where place.isBeyond(barrier):
            logger.warning("\(sentence ?? ""): later rounds are done again", metadata: ["barrier": "\(barrier)"])
        case .barrier(let round, _, _): logger.notice("barrier committed", metadata: ["round": "\(round)"])
        case .ended(let outcome): logger.notice("ended", metadata: ["outcome": "\(outcome.text)"])
        default: if let sentence { logger.notice("\(sentence)") }
        }
    }
}

/// Where a broker's run is, for every line of a log. Used by one thread.
private final class RunPlace {
    private var run: String?
    private var round: UInt32?
    private var names: [MemberID: String] = [:]

    func take(_ note: BrokerNote) {
        switch note {
        case .started(let run, _): (self.run, round) = (run, nil)
        case .ordered(let order): round = order.round ?? round
        case .joined(let member, let workerID, _, _): names[member] = workerID
        default: break
        }
    }

    /// Whether rounds after this barrier were under way.
    func isBeyond(_ barrier: UInt32) -> Bool { round.map { $0 > barrier + 1 } ?? false }

    /// With run and round, and the worker that the note is about.
    func logger(_ logger: Logger, _ note: BrokerNote) -> Logger {
        var logger = logger
        if let run { logger[metadataKey: "run"] = "\(run)" }
        if let round { logger[metadataKey: "round"] = "\(round)" }
        if let member = note.member, let name = names[member] { logger[metadataKey: "worker"] = "\(name)" }
        if case .ended = note { (run, round) = (nil, nil) }
        return logger
    }
}
