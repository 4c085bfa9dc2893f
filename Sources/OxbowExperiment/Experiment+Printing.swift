import Yams

extension Experiment {
    /// The effective configuration as a file that gives the same one again, in the order of the documentation.
    public var yaml: String {
        // Only types of our own, none of which refuses to be encoded.
        guard let text = try? YAMLEncoder().encode(self), let tree = try? Setting.parse(text, subject: "configuration")
        else { preconditionFailure("an experiment could not be encoded: \(self)") }
        return tree.yaml(order: Self.printingOrder)
    }

    /// Keys of all sections as a person would write them; others follow, sorted.
    private static let printingOrder = [
        "seed", "model", "width", "batch", "noise", "data", "dir", "domains", "partition", "fleet", "tier", "workers",
        "domain", "cuts", "emulate", "core", "rounds", "steps_per_round", "local_epochs", "method", "method_options", "optimizer",
        "membership", "patience", "quorum", "requires", "memory", "tags", "min_workers", "min_head", "min_tail",
        "scheduler", "planner", "cost_model", "replan", "evaluation", "every", "samples", "classification",
        "classification_images", "classification_epochs",
    ]

    /// Every dotted key that a file can hold outside of lists and of maps with the user's own keys, sorted.
    public static let keys: [String] = {
        var all = CodingKeys.allCases.map(\.rawValue)
        func add<Keys: CaseIterable & RawRepresentable>(_ section: String, _: Keys.Type) where Keys.RawValue == String {
            all.removeAll { $0 == section }
            all += Keys.allCases.map { "\(section).\($0.rawValue)" }
        }
        add("method_options", MethodOptions.CodingKeys.self)
        add("optimizer", Optimizer.CodingKeys.self)
        add("scheduler", Scheduler.CodingKeys.self)
        add("model", ModelKey.self)
        add("data", DataKey.self)
        add("core", CoreKey.self)
        add("evaluation", Evaluation.CodingKeys.self)
        return all.sorted()
    }()

    private enum ModelKey: String, CaseIterable { case width, batch, noise }
    private enum CoreKey: String, CaseIterable { case emulate }
    private enum DataKey: String, CaseIterable { case dir, domains, partition }
}
