import Foundation
import OxbowProtocol
import OxbowWire

/// Answers operators at a broker. Knows who is one (by the key), holds challenges, and reads commands; what a command
/// changes goes to the broker's machine as events.
///
/// A challenge belongs to one connection and one request, so nothing can be replayed, on the same connection or another.
public final class OperatorDesk {
    /// What was asked so far: requests = answered + refused.
    public struct Counters: Hashable, Sendable {
        public internal(set) var requests: UInt64 = 0
        public internal(set) var answered: UInt64 = 0
        /// Without proof, or with a wrong one.
        public internal(set) var refused: UInt64 = 0
    }

    /// An answer, and what the machine must hear before it is sent.
    struct Answer {
        var reply: OperatorReply
        var events: [BrokerEvent] = []
    }

    /// Of those who are operators now; nil: this broker serves none, and says so.
    private let keys: (() -> [OperatorKey])?
    private let service: (any FleetService)?
    private var strangers: Challenges
    /// Of connections that proved to be an operator's: strangers cannot push these out.
    private var operators: Challenges
    public private(set) var counters = Counters()

    public convenience init(_ registry: KeyRegistry, service: any FleetService) {
        self.init(keys: { registry.operators() }, service: service)
    }

    /// - Parameter challengeLimit: connections of strangers that may have a challenge at one time.
    init(keys: @escaping () -> [OperatorKey], service: any FleetService, challengeLimit: Int = 1024) {
        self.keys = keys
        self.service = service
        strangers = Challenges(limit: challengeLimit)
        operators = Challenges(limit: 256)
    }

    /// A desk that tells everybody that there is none.
    public init() {
        (keys, service) = (nil, nil)
        (strangers, operators) = (Challenges(limit: 0), Challenges(limit: 0))
    }

    /// Challenges that are held now.
    var challengeCount: Int { strangers.count + operators.count }

    func forget(_ connection: ConnectionID) {
        strangers.forget(connection)
        operators.forget(connection)
    }

    /// The machine has heard an answer's events.
    func settle(_ status: FleetStatus) { service?.reconcile(status) }

    /// - Parameter status: asked only for commands that need it.
    func answer(
        _ body: UnsafeRawBufferPointer, from connection: ConnectionID, status: () -> FleetStatus
    ) -> Answer {
        counters.requests += 1
        guard let keys, let service else {
            counters.refused += 1
            return Answer(reply: Self.notServed)
        }
        guard let request = try? OperatorCodec.decodeRequest(body) else { return refuse(connection) }
        if request.mac.isEmpty { return greet(request, connection) }
        // Both are asked, and the challenge is used up in any case.
        let (isKnown, isRight) = (take(request.challenge, connection), keys().contains { $0.isRight(request) })
        guard isKnown, isRight else { return refuse(connection) }
        counters.answered += 1
        var answer = self.answer(request.command, service, status)
        answer.reply.nextChallenge = operators.issue(to: connection)
        return answer
    }

    private func take(_ challenge: [UInt8], _ connection: ConnectionID) -> Bool {
        let (first, second) = (operators.take(challenge, of: connection), strangers.take(challenge, of: connection))
        return first || second
    }

    private func greet(_ request: OperatorRequest, _ connection: ConnectionID) -> Answer {
        // A hello is a few bytes: a stranger's longer command is not even read.
        let isHello = request.command.count <= 16 && Self.command(request.command) == .hello
        guard isHello else { return refuse(connection) }
        counters.answered += 1
        operators.forget(connection)
        return Answer(reply: OperatorReply(nextChallenge: strangers.issue(to: connection)))
    }

    /// One answer for whatever was wrong: it teaches a stranger nothing.
    private func refuse(_ connection: ConnectionID) -> Answer {
        counters.refused += 1
        forget(connection)
        return Answer(reply: OperatorReply(code: .refused, message: "not of an operator of this broker"))
    }

    private static let notServed = OperatorReply(
        code: .notServed, message: "this broker serves no operators, since it was started without --state")

    private static func command(_ bytes: [UInt8]) -> OperatorCommand? {
        bytes.withUnsafeBytes { try? OperatorCodec.decodeCommand($0) }
    }

    // MARK: Commands

    private func answer(_ bytes: [UInt8], _ service: any FleetService, _ status: () -> FleetStatus) -> Answer {
        do {
            return try carryOut(bytes.withUnsafeBytes { try OperatorCodec.decodeCommand($0) }, service, status)
        } catch let refusal as OperatorRefusal {
            return Answer(reply: OperatorReply(code: refusal.code, message: refusal.description))
        } catch {
            return Answer(reply: OperatorReply(code: .unusable, message: "\(error)"))
        }
    }

    private func carryOut(
        _ command: OperatorCommand, _ service: any FleetService, _ status: () -> FleetStatus
    ) throws -> Answer {
        switch command {
        case .hello: return Answer(reply: OperatorReply())
        case .submit(let submission):
            let run = try service.accept(submission)
            return Answer(reply: OperatorReply(message: run.id), events: [.submitted(run)])
        case .list: return try json(service.list(status()))
        case .status: return try json(status())
        case .stop(let run, let reason):
            guard service.knows(run: run) else { throw Self.unknown(run) }
            return Answer(reply: OperatorReply(), events: [.stopRun(id: run, reason: reason)])
        case .files(let run): return try json(service.files(of: run))
        case .logs(let run, let offset, let most):
            return part(try service.log(of: run, offset: offset, most: min(Int(most), WireLimits.operatorPartBytes)))
        case .fetch(let run, let file, let offset, let most):
            return part(
                try service.read(file, of: run, offset: offset, most: min(Int(most), WireLimits.operatorPartBytes)))
        }
    }

    /// What an operator is told of a run that is not here.
    public static func unknown(_ run: String) -> OperatorRefusal {
        OperatorRefusal(.unknownRun, "this broker knows no run '\(run)'")
    }

    private func part(_ part: FilePart) -> Answer {
        Answer(reply: OperatorReply(message: part.version, totalBytes: part.totalBytes, content: part.bytes))
    }

    private func json(_ value: some Encodable) throws -> Answer {
        let data = try OperatorJSON.encoder.encode(value)
        guard data.count <= WireLimits.operatorContentBytes else {
            throw OperatorRefusal(.failed, "the answer has \(data.count) bytes, more than one message may hold")
        }
        return Answer(reply: OperatorReply(totalBytes: UInt64(data.count), content: Array(data)))
    }
}

/// How answers to operators are written: JSON with the names of the types' fields.
public enum OperatorJSON {
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
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
