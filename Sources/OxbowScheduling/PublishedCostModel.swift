import OxbowModel

/// The cost model of arXiv 2507.12979 as its authors' code computes it, faults included (docs/scheduling.md).
public struct PublishedCostModel: CostModel {
    public init() {}

    public var name: String { "published" }

    public func terms(for request: PlanningRequest, core: CoreDevice) -> CostTerms {
        var terms = CostTerms(loads: [], stages: [])
        for network in [Network.generator, .discriminator] {
            PublishedNetwork(request.model[network], batch: request.batch, core: core).add(to: &terms)
        }
        return terms
    }
}

/// One network's four stages and its time in the core.
private struct PublishedNetwork {
    let network: NetworkDescription
    let core: CoreDevice
    /// GFLOP of each block and bytes of its output, for a batch.
    let forward: [Double]
    let backward: [Double]
    let bytes: [Double]
    /// Only the workers' part of D counts its three passes.
    let passes: Double

    init(_ network: NetworkDescription, batch: Int, core: CoreDevice) {
        let costs = network.blocks.map(\.cost)
        self.network = network
        self.core = core
        forward = costs.map { Double($0.publishedForward) * Double(batch) / 1e9 }
        backward = costs.map { Double($0.publishedBackward) * Double(batch) / 1e9 }
        bytes = costs.map { Double($0.outputBytes) * Double(batch) }
        passes = network.network == .generator ? 1 : 3
    }

    private var head: Cut { network.network == .generator ? .generatorHead : .discriminatorHead }
    private var tail: Cut { network.network == .generator ? .generatorTail : .discriminatorTail }
    private var last: Int { network.blocks.count - 1 }
    /// The block that a cut of `value` is the first to keep.
    private func block(_ cut: Cut, _ value: Int) -> Int { cut == head ? value : last - value }

    func add(to terms: inout CostTerms) {
        let always = network.coreBlocks.reduce(0) { $0 + forward[$1] + backward[$1] } / core.gflops
        let label = CostLabel(exchange: 0, part: .core, name: "core of \(network.network.rawValue.uppercased())")
        terms.loads.append(Load(label: label, cut: head, seconds: network.headCuts.map { _ in always }, isSerial: true))
        add("forward heads", head, forward, queued: { block(head, $0) }, isSent: true, &terms)
        add("forward tails", tail, forward, queued: { block(tail, $0) }, isSent: false, &terms)
        add("backward tails", tail, backward, queued: { block(tail, $0) }, isSent: true, &terms)
        // The published code takes the mirrored block here: B3 stands for B1.
        add("backward heads", head, backward, queued: { last - block(head, $0) }, isSent: false, &terms)
    }

    /// - Parameters:
    ///   - gflop: of each block in this direction.
    ///   - queued: the block whose cost the core has for workers that do not hold the one of a cut's value.
    ///   - isSent: over the worker's link; else the core sends, each message as if it were alone on the core's link.
    private func add(
        _ stage: String, _ cut: Cut, _ gflop: [Double], queued: (Int) -> Int, isSent: Bool, _ terms: inout CostTerms
    ) {
        let values = cut == head ? Array(network.headCuts) : Array(network.tailCuts)
        let label = CostLabel(
            exchange: 0, part: .workers, name: "\(stage) of \(network.network.rawValue.uppercased())")
        let held = values.map { value in
            passes * (cut == head ? gflop[...value] : gflop[(last - value)...]).reduce(0, +)
        }
        let sent = values.map { passes * bytes[cut == head ? $0 : last - 1 - $0] }
        let work =
            isSent ? Work(cut, gflop: held, bytes: sent) : Work(cut, gflop: held, received: sent.map { $0 / core.bytesPerSecond })
        let queue = values.map { value -> Int? in
            guard value < values.count - 1 else { return nil }
            // A worker leaves to the core every block of a value above its own.
            let seconds = values.map { own in
                (max(own, value) + 1..<values.count).reduce(0) { $0 + gflop[queued($1)] } / core.gflops
            }
            terms.loads.append(Load(label: label, cut: cut, seconds: seconds, isSerial: false))
            return terms.loads.count - 1
        }
        terms.stages.append(Stage(label: label, weight: 1, work: [work], queue: Queue(cut: cut, loads: queue)))
    }
}
