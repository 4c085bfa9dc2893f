import OxbowProtocol

/// A broker's journal on a disk that keeps what was synced.
struct SimulatedJournal {
    private(set) var records: [JournalRecord] = []
    private var synced = 0

    mutating func write(_ record: JournalRecord, durable: Bool) {
        records.append(record)
        if durable { synced = records.count }
    }

    func knows(_ run: String) -> Bool { records.contains { if case .queued(run) = $0 { true } else { false } } }

    mutating func crash() { records.removeSubrange(synced...) }
}
