import OxbowModel
import OxbowProtocol

extension WireRules {
    func check(_ plan: Plan, startBarrier: UInt32) throws(WireError) {
        try place(round: startBarrier)
        try check(plan.model)
        try range("batch", Int(plan.batch), 1...Int(WireLimits.batch))
        try range("rounds", Int(plan.rounds), 1...Int(WireLimits.rounds))
        try range("steps of a round", Int(plan.stepsPerRound), 1...Int(WireLimits.steps))
        try check(plan.optimizer)
        try limit("clusters", Int(plan.method.clusters), WireLimits.members)
        try finite("alpha", plan.method.alpha)
        try check(plan.assignments)
        if let scoring = plan.scoring { try check(scoring) }
    }

    func check(_ assignments: [Assignment]) throws(WireError) {
        try count("assignments", assignments.count, WireLimits.members)
        try rising("slot", assignments.lazy.map(\.slot), below: WireLimits.slots)
        for assignment in assignments { try check(assignment) }
    }

    private func check(_ model: ModelParameters) throws(WireError) {
        try require(
            model.width > 0 && model.width <= WireLimits.width,
            "width \(model.width) is not over 0 and up to \(WireLimits.width)")
        try range("image height", model.imageHeight, 1...WireLimits.imageSide)
        try range("image width", model.imageWidth, 1...WireLimits.imageSide)
        try range("image channels", model.imageChannels, 1...WireLimits.imageChannels)
        try range("classes", model.classes, 1...WireLimits.classes)
        try range("noise", model.noise, 1...WireLimits.noise)
    }

    private func check(_ optimizer: OptimizerSettings) throws(WireError) {
        try amount("learning rate", optimizer.learningRate)
        try amount("beta1", optimizer.beta1)
        try amount("beta2", optimizer.beta2)
        try amount("epsilon", optimizer.epsilon)
    }

    private func check(_ assignment: Assignment) throws(WireError) {
        try text("worker name", assignment.workerID, WireLimits.workerIDBytes)
        try text("tier", assignment.tier, WireLimits.tierBytes)
        try limit("samples", assignment.samples, WireLimits.samples)
        for cut in assignment.cuts.values { try range("cut", cut, 0...WireLimits.cut) }
    }
}
