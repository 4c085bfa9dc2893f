import Foundation
import Yams

extension Experiment {
    /// The effective configuration of a preset, a file over it, and overrides over both.
    ///
    /// - Parameters:
    ///   - file: path of a YAML file.
    ///   - overrides: `a.b=value`, in order.
    ///   - membership: what holds where nothing is said; `strict` on one machine, `elastic` in a fleet.
    ///   - needsDomains: every domain must have a worker; not for a broker, whose workers bring their own data.
    public static func load(
        file: String? = nil, preset: Preset? = nil, overrides: [String] = [], membership: Membership = .strict,
        needsDomains: Bool = true
    ) throws(ExperimentError) -> Experiment {
        let text = try file.map { path throws(ExperimentError) in try read(path) }
        return try parse(
            text ?? "", subject: file ?? "experiment", preset: preset, overrides: overrides, membership: membership,
            needsDomains: needsDomains)
    }

    /// As `load`, from the text of a file. `subject` is named in errors.
    public static func parse(
        _ yaml: String, subject: String = "experiment", preset: Preset? = nil, overrides: [String] = [],
        membership: Membership = .strict, needsDomains: Bool = true
    ) throws(ExperimentError) -> Experiment {
        var tree = Setting.map([:])
        if let preset { tree = try Setting.parse(preset.yaml, subject: "preset \(preset.rawValue)") }
        let file = try Setting.parse(yaml, subject: subject)
        guard case .map = file else {
            throw ExperimentError(.syntax, "read", subject, "it is not a map of keys", "Write lines such as 'rounds: 10'.")
        }
        tree = yieldingTo(tree, file).overlaid(by: file)
        for text in overrides {
            let override = try Override(text)
            let alone = try override.apply(to: .map([:]))
            tree = try override.apply(to: withFleet(yieldingTo(tree, alone), for: override))
        }
        return try Experiment(tree, membership: membership, needsDomains: needsDomains)
    }

    /// The lower layer without what the upper one supersedes under another name.
    ///
    /// A round's length has two keys, and a method's options mean something for that method only.
    private static func yieldingTo(_ lower: Setting, _ upper: Setting) -> Setting {
        guard case .map(var below) = lower, case .map(let above) = upper else { return lower }
        let cadence = ["steps_per_round", "local_epochs"]
        if cadence.contains(where: { above[$0] != nil }) { cadence.forEach { below[$0] = nil } }
        if let method = above["method"], method != below["method"] { below["method_options"] = nil }
        return .map(below)
    }

    /// Spells the usual fleet out when an override changes a part of it.
    private static func withFleet(_ tree: Setting, for override: Override) throws(ExperimentError) -> Setting {
        guard override.path.first == "fleet", override.path.count > 1, case .map(var entries) = tree, entries["fleet"] == nil
        else { return tree }
        let domains = try DataSettings(Section(entries["data"], path: "data")).domains
        entries["fleet"] = .list(
            usualFleet(domains).map { entry in
                .map([
                    "tier": .scalar(entry.tier, plain: true), "workers": .scalar("\(entry.workers)", plain: true),
                    "domain": .scalar(entry.domain, plain: true),
                ])
            })
        return .map(entries)
    }

    static func read(_ path: String) throws(ExperimentError) -> String {
        let remedy = "Check the path and its permissions."
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ExperimentError(.unreadable, "read", path, "it cannot be opened", remedy)
        }
        defer { try? handle.close() }
        // One byte more than is allowed, so that the length check sees a file that is too long.
        guard let bytes = try? handle.read(upToCount: Setting.limit_bytes + 1) ?? Data() else {
            throw ExperimentError(.unreadable, "read", path, "it is not a regular file", remedy)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ExperimentError(.syntax, "read", path, "it is not text in UTF-8", "Save it as UTF-8.")
        }
        return text
    }
}
