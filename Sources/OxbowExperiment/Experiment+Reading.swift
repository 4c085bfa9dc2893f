import OxbowData
import OxbowModel

extension Experiment {
    /// From a merged tree; every key that is left out gets its default.
    init(_ tree: Setting, membership usual: Membership, needsDomains: Bool = true) throws(ExperimentError) {
        var root = try Section(tree, path: "")
        seed = try Self.seed(&root)
        model = try ModelSettings(root.section("model"))
        data = try DataSettings(root.section("data"))
        rounds = try root.integer("rounds", in: 1...100_000) ?? 10
        stepsPerRound = try root.integer("steps_per_round", in: 1...10_000_000)
        localEpochs = try root.integer("local_epochs", in: 1...100_000)
        method = try root.choice("method") ?? .oxbow
        var usualOptions = MethodOptions.defaults(method, domains: data.domains.count)
        usualOptions.signalSteps = min(usualOptions.signalSteps, stepsPerRound ?? .max)
        methodOptions = try MethodOptions(root.section("method_options"), usual: usualOptions)
        optimizer = try Optimizer(root.section("optimizer"))
        membership = try root.choice("membership") ?? usual
        patience = try root.number("patience", from: 0, inclusive: false, to: 1000) ?? 1
        quorum = try root.number("quorum", from: 0, inclusive: false, to: 1) ?? 0.5
        let limits = try Self.cutLimits(model)
        fleet = try Self.fleet(root.take("fleet"), data.domains, limits, needsDomains: needsDomains)
        core = try CoreSettings(root.section("core"))
        requires = try Self.requirements(root.section("requires"), fleet)
        minHead = try root.integer("min_head", in: 0...min(limits.generatorHead, limits.discriminatorHead)) ?? 0
        minTail = try root.integer("min_tail", in: 0...min(limits.generatorTail, limits.discriminatorTail)) ?? 0
        scheduler = try Scheduler(root.section("scheduler"))
        evaluation = try Evaluation(root.section("evaluation"))
        try root.finish()
        try settleCadence()
        try check()
    }

    private static func seed(_ root: inout Section) throws(ExperimentError) -> UInt64 {
        guard let setting = root.take("seed") else { return 1 }
        guard case .scalar(let text, plain: true) = setting, let value = UInt64(text) else {
            throw .bad("seed", setting.text, "a whole number from 0 to \(UInt64.max)")
        }
        return value
    }

    /// The most that the model lets a worker keep; its table does not depend on the images' size.
    private static func cutLimits(_ settings: ModelSettings) throws(ExperimentError) -> Cuts {
        do {
            return try ModelDescription(ModelParameters(width: settings.width, noise: settings.noise)).maximalCuts
        } catch {
            throw ExperimentError(.badValue, "use", "model", "\(error)", "Change model.width or model.noise.")
        }
    }

    private mutating func settleCadence() throws(ExperimentError) {
        if stepsPerRound != nil && localEpochs != nil {
            let reason = "both steps_per_round and local_epochs are given"
            throw ExperimentError(.conflict, "use", "local_epochs", reason, "Give one of them.")
        }
        if localEpochs == nil { stepsPerRound = stepsPerRound ?? 50 }
    }

    /// What holds between keys.
    private func check() throws(ExperimentError) {
        if let stepsPerRound, methodOptions.signalSteps > stepsPerRound {
            throw .bad("method_options.signal_steps", "'\(methodOptions.signalSteps)'", "up to steps_per_round, \(stepsPerRound)")
        }
        let workers = fleet.reduce(0) { $0 + $1.workers }
        if methodOptions.clusters > workers {
            throw .bad("method_options.clusters", "'\(methodOptions.clusters)'", "up to the fleet's \(workers) workers, or 0")
        }
        for (number, entry) in fleet.enumerated() {
            guard let cuts = entry.cuts else { continue }
            let heads = min(cuts.generatorHead, cuts.discriminatorHead)
            let tails = min(cuts.generatorTail, cuts.discriminatorTail)
            if heads < minHead || tails < minTail {
                let allowed = "heads of at least min_head, \(minHead), and tails of at least min_tail, \(minTail)"
                throw .bad("fleet.\(number).cuts", "\(cuts.values)", allowed)
            }
        }
    }
}
