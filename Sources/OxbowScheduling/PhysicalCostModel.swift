import OxbowModel

/// What a step should take by what it computes and sends (docs/scheduling.md has the formulas and what is assumed).
///
/// Six stages, one for each exchange: the core's answer to the exchange before comes down, every worker computes and
/// sends up, and the core computes once all are in. The first stage begins with the sixth exchange of the step before,
/// since no worker waits for the others between two steps.
public struct PhysicalCostModel: CostModel {
    public init() {}

    public var name: String { "physical" }

    /// By number, as docs/protocol.md has them; 0 is none.
    public static let exchangeNames = [
        "", "generator activations", "discriminator activations", "discriminator gradients", "generator pass activations",
        "generator pass gradients", "generator gradients", "model deltas",
    ]

    public func terms(for request: PlanningRequest, core: CoreDevice) -> CostTerms {
        let work = StepWork(request.model, batch: request.batch)
        var terms = CostTerms(loads: [], stages: [])
        for exchange in 1...6 {
            let before = exchange == 1 ? 6 : exchange - 1
            let down = wire(work.border(before, up: false), before, core, messages: 1, &terms)
            let up = wire(work.border(exchange, up: true), exchange, core, messages: 1, &terms)
            terms.stages.append(
                Stage(
                    label: CostLabel(exchange: exchange, part: .workers, name: Self.exchangeNames[exchange]), weight: 1,
                    down: down, work: work.edge(exchange), up: up))
            for part in work.core(exchange) {
                let label = CostLabel(exchange: exchange, part: .core, name: Self.exchangeNames[exchange])
                let seconds = part.gflop.map { $0 / core.gflops }
                terms.loads.append(Load(label: label, cut: part.cut, seconds: seconds, isSerial: true))
            }
        }
        addBarrier(request, core, &terms)
        return terms
    }

    private func wire(
        _ border: (cut: Cut, bytes: [Double]), _ exchange: Int, _ core: CoreDevice, messages: Double,
        _ terms: inout CostTerms
    ) -> Wire {
        let label = CostLabel(exchange: exchange, part: .link, name: Self.exchangeNames[exchange])
        terms.loads.append(
            Load(label: label, cut: border.cut, seconds: border.bytes.map { $0 / core.bytesPerSecond }, isSerial: false))
        return Wire(cut: border.cut, bytes: border.bytes, load: terms.loads.count - 1, messages: messages)
    }

    /// The held blocks of each segment up and the cluster's down, shared by the steps of a round.
    private func addBarrier(_ request: PlanningRequest, _ core: CoreDevice, _ terms: inout CostTerms) {
        for cut in Cut.allCases {
            let network = request.model[cut.network]
            let bytes = cut.values(of: network).map { value in
                cut.held(value, of: network).reduce(0.0) { $0 + Double(network.blocks[$1].stateBytes) }
            }
            // All segments travel in one message.
            let messages = 1 / Double(Cut.allCases.count)
            let up = wire((cut, bytes), 7, core, messages: messages, &terms)
            let down = wire((cut, bytes), 7, core, messages: messages, &terms)
            terms.stages.append(
                Stage(
                    label: CostLabel(exchange: 7, part: .workers, name: Self.exchangeNames[7]),
                    weight: 1 / Double(max(1, request.stepsPerRound)), down: down, up: up))
        }
    }
}

extension Cut {
    /// Every value that the network admits.
    func values(of network: NetworkDescription) -> ClosedRange<Int> { isHead ? network.headCuts : network.tailCuts }

    /// The blocks that a worker holds at this end.
    func held(_ value: Int, of network: NetworkDescription) -> Range<Int> {
        let count = network.blocks.count
        return isHead ? 0..<value + 1 : count - 1 - value..<count
    }
}

extension BlockDescription {
    /// Parameters and running values in float32, as they travel at a barrier.
    var stateBytes: Int { 4 * tensors.reduce(0) { $0 + $1.count } }
}
