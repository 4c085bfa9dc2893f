import OxbowModel
import OxbowScheduling

// The cost model beside what is observed.
extension BrokerMachine {
    /// Tells what the cost model expects of the assignments in force; nothing where a machine is not known.
    func noteModelled(_ out: inout [BrokerDirective]) {
        guard let run, let plan = run.plan, let times = modelled(run, plan) else { return }
        let slots = plan.assignments.map(\.slot)
        var entries = zip(slots, times.workers).flatMap { slot, exchanges in
            exchanges.sorted { $0.key < $1.key }.map { entry(.edge(slot), $0.key, $0.value) }
        }
        entries += times.core.sorted { $0.key < $1.key }.map { entry(.core(), $0.key, $0.value) }
        out.append(.note(.modelled(round: run.lastBarrier, entries, stepSeconds: times.step)))
    }

    private func entry(_ member: MemberID, _ exchange: Int, _ seconds: Double) -> ExchangeTimes {
        ExchangeTimes(member: member, exchange: UInt8(exchange), count: 0, medianSeconds: seconds)
    }

    private func modelled(_ run: ActiveRun, _ plan: Plan) -> ModelledTimes? {
        guard let model = run.settings.scheduling.costModel, let request = request(for: plan.assignments.map(\.slot)),
            request.workers.count == plan.assignments.count
        else { return nil }
        return try? model.times(of: plan.assignments.map(\.cuts), for: request)
    }

    /// Sets each member's speed to the observed one: the modelled seconds of its computing over those that it took.
    mutating func takeSpeeds() {
        run?.speedScale.removeAll()
        guard let run, let plan = run.plan, let times = modelled(run, plan) else { return }
        for (assignment, parts) in zip(plan.assignments, times.parts) {
            scale(.edge(assignment.slot), modelled: parts.values.reduce(0) { $0 + $1.computing })
        }
        scale(.core(), modelled: times.core.values.reduce(0, +))
    }

    /// Whatever a member claims to have taken: its speed stays a number that can be reckoned with.
    private static let scales = 1e-3...1e3

    private mutating func scale(_ member: MemberID, modelled: Double) {
        guard let work = run?.measured[member], work.steps > 0, work.computeSeconds > 0, modelled > 0 else { return }
        let scale = modelled * Double(work.steps) / work.computeSeconds
        run?.speedScale[member] = min(max(scale, Self.scales.lowerBound), Self.scales.upperBound)
    }
}
