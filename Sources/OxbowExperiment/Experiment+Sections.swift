import OxbowData

// Each section's keys, their defaults and what they allow.

extension Experiment.ModelSettings {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        width = try section.number("width", from: 0, inclusive: false, to: 16) ?? 1
        batch = try section.integer("batch", in: 2...65_536) ?? 64
        noise = try section.integer("noise", in: 1...65_536) ?? 100
        try section.finish()
    }
}

extension Experiment.DataSettings {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        if let setting = section.take("dir") {
            guard case .scalar(let path, _) = setting, !path.isEmpty else {
                throw .bad("data.dir", setting.text, "the path of a folder")
            }
            dir = path
        }
        domains = try Self.domains(section.take("domains"))
        partition = try section.choice("partition") ?? .iid
        try section.finish()
    }

    private static func domains(_ setting: Setting?) throws(ExperimentError) -> [String] {
        guard let setting else { return ["mnist", "fashion_mnist"] }
        guard case .list(let items) = setting, !items.isEmpty else {
            throw .bad("data.domains", setting.text, "a list of domain names, such as [mnist, fashion_mnist]")
        }
        var names: [String] = []
        for (index, item) in items.enumerated() {
            let name = try Section.word(item, "data.domains.\(index)")
            if names.contains(name) { throw .bad("data.domains.\(index)", "'\(name)'", "every domain once") }
            names.append(name)
        }
        return names
    }
}

extension Experiment.MethodOptions {
    init(_ section: Section, usual: Experiment.MethodOptions) throws(ExperimentError) {
        var section = section
        start = try section.choice("start") ?? usual.start
        clusters = try section.integer("clusters", in: 0...65_536) ?? usual.clusters
        plainRounds = try section.integer("plain_rounds", in: 0...100_000) ?? usual.plainRounds
        alpha = try section.number("alpha", from: 0, to: 1e9) ?? usual.alpha
        signalSteps = try section.integer("signal_steps", in: 1...100_000) ?? usual.signalSteps
        batches = try section.choice("batches") ?? usual.batches
        try section.finish()
    }
}

extension Experiment.Optimizer {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        learningRate = try section.number("learning_rate", from: 0, inclusive: false, to: 1) ?? 2e-4
        try section.finish()
    }
}

extension Experiment.Scheduler {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        planner = try section.choice("planner") ?? .exact
        costModel = try section.choice("cost_model") ?? .physical
        replan = try section.choice("replan") ?? .declared
        try section.finish()
    }
}

extension Experiment.Evaluation {
    init(_ section: Section) throws(ExperimentError) {
        var section = section
        every = try section.integer("every", in: 0...100_000) ?? 1
        samples = try section.integer("samples", in: 0...10_000_000) ?? 5000
        classification = try section.flag("classification") ?? true
        classificationImages = try section.integer("classification_images", in: 1...1_000_000) ?? 30_000
        classificationEpochs = try section.integer("classification_epochs", in: 1...1000) ?? 15
        try section.finish()
    }
}
