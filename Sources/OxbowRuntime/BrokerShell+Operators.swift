import OxbowProtocol
import OxbowWire
import ZeroMQ

// Operators use the members' port. The desk finds out who is one; what others sent never reaches the machine.
extension BrokerShell {
    /// Answers one request. Events first: the answer tells that they were heard.
    func answer(_ body: Message, _ connection: ConnectionID) throws {
        let answer = body.withBytes { operators.answer($0, from: connection) { status } }
        tellRefusals()
        for event in answer.events { try handle(event) }
        if !answer.events.isEmpty { operators.settle(status) }
        try enqueue(EnvelopeCodec.encode(Envelope(content: .operator)), OperatorCodec.encode(answer.reply), connection)
    }

    /// The 1st, 2nd, 4th, 8th: strangers must not be able to fill a log.
    private func tellRefusals() {
        let count = operators.counters.refused
        guard count > refusalsTold, count & (count - 1) == 0 else { return }
        refusalsTold = count
        logger.warning("operators refused", metadata: ["requests": "\(count)"])
    }
}
