import Foundation
import OxbowData
import OxbowExperiment

/// Which of the images a worker takes, if it was told no more than its slot.
///
/// Share and domain follow from the slot alone, each by itself: two slots below the number of shares never have an image in
/// common, whatever domains their workers were told.
struct DataPlace {
    /// Unique in the fleet, or on this machine; nil: this worker has none.
    var slot: Int?
    /// Shares that a domain is dealt into, taken or not; nil: the data are this worker's alone.
    var shards: Int?

    /// 60,000 images make shares of 937, 4,500 of 70: more than a usual batch, for more workers than most have.
    static let usualShards = 64

    /// The share of a worker that was told none, and of how many; nil: all images.
    var share: (Int, of: Int)? {
        guard let slot, let shards else { return nil }
        return (slot % shards, shards)
    }

    /// Whether another worker with a lower slot has the same share.
    var isShared: Bool {
        guard let slot, let shards else { return false }
        return slot >= shards
    }

    /// The domain of a worker that was told none, by turns; nil without a slot.
    /// - Parameter names: the data folder's, sorted.
    func domain(of names: [String]) -> String? { slot.map { names[$0 % names.count] } }

    /// The same domain for good, although the folder may get others: it is kept in the state folder.
    /// - Throws: `DataError` for a folder without domains; `Failure` where the state folder cannot be written.
    func domain(in data: DataFolder, keptIn state: String?) throws -> String? {
        let names = try data.domainNames()
        let file = state.map { $0 + "/domain" }
        if let file, let kept = try? String(contentsOfFile: file, encoding: .utf8), names.contains(kept) { return kept }
        guard let chosen = domain(of: names) else { return nil }
        if let file { try OutputFolder.write(Data(chosen.utf8), to: file) }
        return chosen
    }
}
