import ArgumentParser
import Foundation
import OxbowData
import OxbowExperiment
import OxbowProtocol
import OxbowReplay
import OxbowRuntime

/// `WORKER=DOMAIN` or `WORKER=DOMAIN:I/N`.
struct NamedShard: ExpressibleByArgument, Hashable {
    var worker: String
    var domain: String
    /// nil: all of the domain.
    var share: Share?

    /// Share `number` of `count` equal ones, from 1.
    struct Share: Hashable {
        var number: Int
        var count: Int
    }

    init(worker: String, domain: String, share: Share? = nil) { (self.worker, self.domain, self.share) = (worker, domain, share) }

    init?(argument: String) {
        let sides = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2 else { return nil }
        let parts = sides[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        self.init(worker: sides[0], domain: parts[0])
        guard parts.count == 2 else { return }
        let numbers = parts[1].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let count = numbers[1], 1 <= number, number <= count else {
            return nil
        }
        share = Share(number: number, count: count)
    }
}

/// Finds the images that a recorded worker trained on: as named, as the experiment deals them, or by trying.
///
/// The digest of the worker's hello decides.
final class ShardFinder {
    /// Whose images are looked for.
    struct Wanted: Hashable {
        var worker: String
        var member: MemberID
        var form: DataForm
    }

    private let folder: DataFolder
    private let experiment: Experiment?
    /// Whether `experiment` was named: then it must know every worker.
    private let isNamed: Bool
    private let named: [NamedShard]
    private var domains: [String: Domain] = [:]
    /// Of the experiment, by slot.
    private var dealt: [[Int]]?

    /// - Parameters:
    ///   - folder: the data folder; nil: the experiment's, else the usual one.
    ///   - beside: the trace's folder, where an experiment may be.
    init(folder: String?, experiment: String?, beside: String, named: [NamedShard]) throws {
        isNamed = experiment != nil
        // A broker's run has one too, without domains; it says nothing of shards.
        self.experiment = try experiment.map { try Experiment.load(file: $0) } ?? Self.experiment(beside)
        self.folder = folder.map { DataFolder($0) } ?? self.experiment?.data.folder ?? DataFolder()
        self.named = named
    }

    private static func experiment(_ folder: String) -> Experiment? {
        guard let found = try? Experiment.load(file: folder + "/experiment.yaml"), !found.data.domains.isEmpty else { return nil }
        return found
    }

    /// - Throws: `Failure` or `DataError`: a sentence.
    func shard(_ wanted: Wanted) throws -> LocalShard {
        if let named = named.last(where: { [wanted.worker, wanted.member.description].contains($0.worker) }) {
            let shard = try load(named)
            try check(shard, wanted, words(named))
            return shard
        }
        if let experiment, let entry = experiment.roster.first(where: { $0.workerID == wanted.worker }) {
            let shard = try dealt(experiment, entry)
            try check(shard, wanted, "the share of '\(entry.domain)' that the experiment deals it")
            return shard
        }
        if isNamed {
            throw Failure(
                .data, "Unable to verify '\(wanted.worker)': the experiment has no such worker. Name the run's own file.")
        }
        return try search(wanted)
    }

    private func words(_ named: NamedShard) -> String {
        named.share.map { "share \($0.number) of \($0.count) of '\(named.domain)'" } ?? "all of '\(named.domain)'"
    }

    private func domain(_ name: String) throws -> Domain {
        if let domain = domains[name] { return domain }
        let domain = try folder.domain(name)
        domains[name] = domain
        return domain
    }

    private func load(_ named: NamedShard) throws -> LocalShard {
        let domain = try domain(named.domain)
        guard let share = named.share else { return LocalShard(domain: domain, members: Array(0..<domain.train.count)) }
        return LocalShard(domain: domain, members: try Self.share(share, of: domain))
    }

    /// As `oxbow worker --shard I/N` takes it.
    private static func share(_ share: NamedShard.Share, of domain: Domain) throws -> [Int] {
        try Partition.share(share.number - 1, of: share.count, source: .init(domain, workers: share.count), seed: 0)
    }

    private func dealt(_ experiment: Experiment, _ entry: RosterEntry) throws -> LocalShard {
        let all = try experiment.data.domains.map { try domain($0) }
        let shards = try dealt ?? experiment.shards(of: all)
        dealt = shards
        return LocalShard(domain: try domain(entry.domain), members: shards[Int(entry.slot)])
    }

    private func check(_ shard: LocalShard, _ wanted: Wanted, _ words: String) throws {
        guard !Self.fits(shard.form, wanted.form) else { return }
        let samples = shard.form.samples
        let found =
            samples == wanted.form.samples ? "other images or labels" : "\(samples) images instead of \(wanted.form.samples)"
        throw Failure(
            .data,
            "Unable to verify '\(wanted.worker)': \(words) in \(folder.path) is not what it trained on (\(found)). Name the data folder "
                + "of the run with --data, or its images with --shard \(wanted.worker)=DOMAIN:I/N.")
    }

    /// Workers before digests were told are taken at their numbers.
    private static func fits(_ form: DataForm, _ wanted: DataForm) -> Bool {
        var form = form
        if wanted.digest.isEmpty { form.digest = [] }
        return form == wanted
    }

    // MARK: Trying

    /// All of a domain, or one of N equal shares of it, as a worker takes it.
    private func search(_ wanted: Wanted) throws -> LocalShard {
        guard !wanted.form.digest.isEmpty else {
            throw Failure(
                .data,
                "Unable to verify '\(wanted.worker)': its trace does not tell what it trained on. Say so with "
                    + "--shard \(wanted.worker)=DOMAIN:I/N.")
        }
        for name in try folder.domainNames() {
            let domain = try domain(name)
            for shard in Self.candidates(domain, samples: Int(wanted.form.samples)) {
                if let shard = try? load(NamedShard(worker: wanted.worker, domain: name, share: shard)),
                    Self.fits(shard.form, wanted.form)
                {
                    return shard
                }
            }
        }
        throw Failure(
            .data,
            "Unable to verify '\(wanted.worker)': no domain of \(folder.path), and no equal share of one, is the \(wanted.form.samples) "
                + "images that it trained on. Name the data folder of the run with --data.")
    }

    /// Those with the right number of images; nil: all.
    private static func candidates(_ domain: Domain, samples: Int) -> [NamedShard.Share?] {
        let total = domain.train.count
        guard samples > 0, samples < total else { return samples == total ? [nil] : [] }
        let counts = (max(2, total / (samples + 1))...max(2, total / samples + 1)).filter { count in
            samples == total / count || samples == (total + count - 1) / count
        }
        return counts.flatMap { count in
            (1...count).filter { total / count + ($0 <= total % count ? 1 : 0) == samples }
                .map { NamedShard.Share(number: $0, count: count) }
        }
    }
}
