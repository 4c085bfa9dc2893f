import COxbowWire
import OxbowModel
import OxbowProtocol

extension WireArena {
    func plan(_ plan: Plan) -> UnsafeMutablePointer<Oxbow__V1__Plan> {
        let assignments = plan.assignments.map { assignment($0) as UnsafeMutablePointer<Oxbow__V1__Assignment>? }
        return new(oxbow__v1__plan__init) {
            $0.run = plan.run
            $0.seed = plan.seed
            $0.model = model(plan.model)
            $0.batch = plan.batch
            $0.rounds = plan.rounds
            $0.steps_per_round = plan.stepsPerRound
            $0.optimizer = optimizer(plan.optimizer)
            $0.method = method(plan.method)
            $0.n_assignments = assignments.count
            $0.assignments = array(assignments)
            if let scoring = plan.scoring { $0.scoring = self.scoring(scoring) }
        }
    }

    // The rules were checked before, so every Int here fits 32 bits and is not negative.
    func assignment(_ assignment: Assignment) -> UnsafeMutablePointer<Oxbow__V1__Assignment> {
        new(oxbow__v1__assignment__init) {
            $0.slot = assignment.slot
            $0.worker_id = text(assignment.workerID)
            $0.tier = text(assignment.tier)
            $0.cuts = new(oxbow__v1__cuts__init) {
                $0.generator_head = UInt32(assignment.cuts.generatorHead)
                $0.generator_tail = UInt32(assignment.cuts.generatorTail)
                $0.discriminator_head = UInt32(assignment.cuts.discriminatorHead)
                $0.discriminator_tail = UInt32(assignment.cuts.discriminatorTail)
            }
            $0.samples = assignment.samples
        }
    }

    private func model(_ model: ModelParameters) -> UnsafeMutablePointer<Oxbow__V1__ModelParameters> {
        new(oxbow__v1__model_parameters__init) {
            $0.width = model.width
            $0.image_height = UInt32(model.imageHeight)
            $0.image_width = UInt32(model.imageWidth)
            $0.image_channels = UInt32(model.imageChannels)
            $0.classes = UInt32(model.classes)
            $0.noise = UInt32(model.noise)
        }
    }

    private func optimizer(_ optimizer: OptimizerSettings) -> UnsafeMutablePointer<Oxbow__V1__OptimizerSettings> {
        new(oxbow__v1__optimizer_settings__init) {
            $0.learning_rate = optimizer.learningRate
            $0.beta1 = optimizer.beta1
            $0.beta2 = optimizer.beta2
            $0.epsilon = optimizer.epsilon
        }
    }

    private func method(_ method: MethodSettings) -> UnsafeMutablePointer<Oxbow__V1__MethodSettings> {
        new(oxbow__v1__method_settings__init) {
            $0.name = Oxbow__V1__MethodName(UInt32(method.name.rawValue))
            $0.start = Oxbow__V1__Start(UInt32(method.start.rawValue))
            $0.batches = Oxbow__V1__Batches(UInt32(method.batches.rawValue))
            $0.clusters = method.clusters
            $0.plain_rounds = method.plainRounds
            $0.alpha = method.alpha
            $0.signal_steps = method.signalSteps
        }
    }
}

extension Plan {
    init(_ plan: Oxbow__V1__Plan) throws(WireError) {
        let assignments = try [Assignment](plan.assignments, count: plan.n_assignments)
        self.init(
            run: plan.run, seed: plan.seed, model: ModelParameters(try part(plan.model, "plan")), batch: plan.batch,
            rounds: plan.rounds, stepsPerRound: plan.steps_per_round,
            optimizer: OptimizerSettings(try part(plan.optimizer, "plan")),
            method: try MethodSettings(part(plan.method, "plan")), assignments: assignments,
            scoring: plan.scoring.map { ScoringSettings($0.pointee) })
    }
}

extension [Assignment] {
    init(
        _ assignments: UnsafeMutablePointer<UnsafeMutablePointer<Oxbow__V1__Assignment>?>?, count: Int
    ) throws(WireError) {
        self = []
        reserveCapacity(count)
        for assignment in UnsafeBufferPointer(start: assignments, count: count) {
            append(try Assignment(part(assignment, "plan")))
        }
    }
}

extension Assignment {
    fileprivate init(_ assignment: Oxbow__V1__Assignment) throws(WireError) {
        let cuts = try part(assignment.cuts, "plan")
        self.init(
            slot: assignment.slot, workerID: String(cString: assignment.worker_id),
            tier: String(cString: assignment.tier),
            cuts: Cuts(
                generatorHead: Int(cuts.generator_head), generatorTail: Int(cuts.generator_tail),
                discriminatorHead: Int(cuts.discriminator_head), discriminatorTail: Int(cuts.discriminator_tail)),
            samples: assignment.samples)
    }
}

extension ModelParameters {
    fileprivate init(_ model: Oxbow__V1__ModelParameters) {
        self.init(
            width: model.width, imageHeight: Int(model.image_height), imageWidth: Int(model.image_width),
            imageChannels: Int(model.image_channels), classes: Int(model.classes), noise: Int(model.noise))
    }
}

extension OptimizerSettings {
    fileprivate init(_ optimizer: Oxbow__V1__OptimizerSettings) {
        self.init(
            learningRate: optimizer.learning_rate, beta1: optimizer.beta1, beta2: optimizer.beta2,
            epsilon: optimizer.epsilon)
    }
}

extension MethodSettings {
    fileprivate init(_ method: Oxbow__V1__MethodSettings) throws(WireError) {
        self.init(
            name: try known(method.name.rawValue, "plan"), start: try known(method.start.rawValue, "plan"),
            batches: try known(method.batches.rawValue, "plan"), clusters: method.clusters,
            plainRounds: method.plain_rounds, alpha: method.alpha, signalSteps: method.signal_steps)
    }
}
