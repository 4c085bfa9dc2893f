import Foundation
import OxbowProtocol
import ZeroMQ

// A decision that cannot be written is not acted on: until there is room, the broker does nothing else.
extension BrokerShell {
    /// Returns once the record is in the journal. A full disk is waited for and told of.
    func write(_ record: JournalRecord, durable: Bool) throws {
        guard let journal else { return }
        try journal.add(record)
        do { try journal.settle(durable: durable) } catch { try hold(journal, durable, error) }
        if durable { compact(journal) }
    }

    /// A disk that has no room for a second file leaves the first one as it is.
    private func compact(_ journal: Journal) {
        do {
            guard let (before, after) = try journal.compactIfLarge() else { return }
            logger.info("the journal was made anew", metadata: ["bytes": "\(after)", "before": "\(before)"])
        } catch {
            let reason = (error as? DiskFailure)?.reason ?? "\(error)"
            logger.warning("the journal cannot be made anew; it grows on", metadata: ["reason": "\(reason)"])
        }
    }

    private static let (retry, repeatedWord) = (Duration.milliseconds(200), Duration.seconds(10))

    private func hold(_ journal: Journal, _ durable: Bool, _ first: DiskFailure) throws {
        let start = clock.now
        var (failure, nextWord) = (first, start)
        while true {
            guard failure.mayPass, stop.requested == nil else { throw Journal.failure(journal.path, failure) }
            if clock.now >= nextWord {
                nextWord = clock.now + Self.repeatedWord
                tellWait(journal, failure, since: start)
            }
            var poller = Poller()
            _ = poller.add(stop.wakeup)
            observer?.turned(unwritable: failure.reason)
            poller.wait(Self.retry)
            do {
                try journal.settle(durable: durable)
                return note(.moving(afterSeconds: (clock.now - start).inSeconds))
            } catch {
                failure = error
            }
        }
    }

    private func tellWait(_ journal: Journal, _ failure: DiskFailure, since start: ContinuousClock.Instant) {
        tellNotes()
        let seconds = (clock.now - start).inSeconds
        logger.warning(
            "the journal cannot be written; nothing is done until it can. Free some space.",
            metadata: ["file": "\(journal.path)", "reason": "\(failure.reason)", "seconds": "\(Int(seconds))"])
        note(
            .stalled(Stall(Awaited(what: "room for the journal", from: ["the disk (\(failure.reason))"]), seconds: seconds)))
    }
}
