import OxbowProtocol

/// A broker's journal on a disk that keeps what was synced.
struct SimulatedJournal {
    private(set) var records: [JournalRecord] = []
    private var synced = 0

    mutating func write(_ record: JournalRecord, durable: Bool) {
        records.append(record)
        if durable { synced = records.count }
    }

    mutating func crash() { records.removeSubrange(synced...) }
}
