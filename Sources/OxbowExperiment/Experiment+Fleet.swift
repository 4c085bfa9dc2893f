import OxbowModel
import OxbowScheduling

extension Experiment {
    /// The fleet's entries; without any, two workers for each domain.
    /// - Parameter needsDomains: entries and domains must name each other.
    static func fleet(
        _ setting: Setting?, _ domains: [String], _ limits: Cuts, needsDomains: Bool = true
    ) throws(ExperimentError) -> [FleetEntry] {
        guard let setting, !setting.isNothing else { return usualFleet(domains) }
        guard case .list(let items) = setting, !items.isEmpty else {
            throw .bad("fleet", setting.text, "a list such as [ { tier: small, workers: 2, domain: \(domains[0]) } ]")
        }
        var entries: [FleetEntry] = []
        for (index, item) in items.enumerated() {
            let usual = domains[index % domains.count]
            entries.append(try entry(Section(item, path: "fleet.\(index)"), usual, needsDomains ? domains : nil, limits))
        }
        if needsDomains, let idle = domains.first(where: { domain in !entries.contains { $0.domain == domain } }) {
            let remedy = "Take it out of data.domains, or give it a fleet entry."
            throw ExperimentError(.conflict, "use", "data.domains", "no worker of the fleet has '\(idle)'", remedy)
        }
        return entries
    }

    static func usualFleet(_ domains: [String]) -> [FleetEntry] {
        domains.map { FleetEntry(tier: "default", workers: 2, domain: $0) }
    }

    private static func entry(
        _ section: Section, _ usual: String, _ domains: [String]?, _ limits: Cuts
    ) throws(ExperimentError) -> FleetEntry {
        var section = section
        let tier = try section.word("tier") ?? "default"
        let workers = try section.integer("workers", in: 1...100_000) ?? 1
        let domain = try section.word("domain") ?? usual
        if let domains, !domains.contains(domain) {
            throw .bad(section.name("domain"), "'\(domain)'", "one of data.domains, \(domains.joined(separator: ", "))")
        }
        let cuts = try section.take("cuts").map { setting throws(ExperimentError) in
            try Self.cuts(setting, section.name("cuts"), limits)
        }
        let emulate = try section.profile("emulate")
        try section.finish()
        return FleetEntry(tier: tier, workers: workers, domain: domain, cuts: cuts, emulate: emulate)
    }

    static func cuts(_ setting: Setting, _ name: String, _ limits: Cuts) throws(ExperimentError) -> Cuts {
        var numbers: [Int?] = []
        var text = setting.text
        if case .list(let items) = setting {
            numbers = items.map { if case .scalar(let text, plain: true) = $0 { Int(text) } else { nil } }
            text = "[\(numbers.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]"
        }
        let values = numbers.compactMap { $0 }
        let fits = zip(values, limits.values).allSatisfy { value, limit in (0...limit).contains(value) }
        guard values.count == numbers.count, fits, let cuts = Cuts(values) else {
            throw .bad(name, text, "four numbers [gh, gt, dh, dt], each from 0 to at most \(limits.values)")
        }
        return cuts
    }

    static func requirements(_ section: Section, _ fleet: [FleetEntry]) throws(ExperimentError) -> [String: Requirement] {
        var section = section
        var result: [String: Requirement] = [:]
        for tier in section.remainingKeys {
            let tiers = Set(fleet.map(\.tier)).sorted()
            guard tiers.contains(tier) else {
                throw KnownKeys.unknown(tier, section: section.path, siblings: tiers)
            }
            result[tier] = try Requirement(section.section(tier))
        }
        return result
    }
}

extension Experiment.CoreSettings {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        emulate = try section.profile("emulate")
        try section.finish()
    }
}

extension Section {
    /// A device profile as a command line would name it; one that cannot be loaded is an error.
    fileprivate mutating func profile(_ key: String) throws(ExperimentError) -> String? {
        guard let setting = take(key) else { return nil }
        guard let text = Self.profileText(setting) else {
            throw .bad(name(key), setting.text, "a device's name, numbers such as gflops=2,bytes_per_second=50e6, or a file")
        }
        _ = try DeviceProfile.load(text)
        return text
    }

    /// A map of numbers as pairs; nil for what is neither.
    private static func profileText(_ setting: Setting) -> String? {
        if case .scalar(let text, _) = setting { return text }
        guard case .map(let entries) = setting, !entries.isEmpty else { return nil }
        var pairs: [String] = []
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
            guard case .scalar(let text, _) = value else { return nil }
            pairs.append("\(key)=\(text)")
        }
        return pairs.joined(separator: ",")
    }
}

extension Experiment.Requirement {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        memory = try section.bytes("memory")
        minWorkers = try section.integer("min_workers", in: 0...100_000) ?? 0
        var tagSection = try section.section("tags")
        tags = [:]
        for tag in tagSection.remainingKeys { tags[tag] = try tagSection.word(tag) }
        try section.finish()
    }
}
