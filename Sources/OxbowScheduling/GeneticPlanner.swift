import OxbowModel
import OxbowRandom

/// The published search: a genetic algorithm over everybody's cuts. It proves nothing; its lower bound comes from
/// elsewhere.
public struct GeneticPlanner: Planner {
    public var costModel: any CostModel
    public var settings: Settings
    public var seed: UInt64

    /// Defaults are those of arXiv 2507.12979.
    public struct Settings: Hashable, Sendable {
        public var population = 1000
        public var generations = 1000
        /// Candidates of which the best becomes a parent.
        public var tournament = 5
        /// The share of couples that mix, half of them bit by bit, half between two points.
        public var crossover = 0.7
        /// The chance of each bit to change.
        public var mutation = 0.01
        /// How often the genome is laid over the workers: 4 means that it describes a fourth of them.
        public var repeats = 4

        public init() {}
    }

    public init(costModel: any CostModel, settings: Settings = Settings(), seed: UInt64 = 1) {
        self.costModel = costModel
        self.settings = settings
        self.seed = seed
    }

    public var name: String { "genetic" }

    public func plan(for request: PlanningRequest) throws(PlanningError) -> CutPlan {
        let priced = try PricedRequest(request, costModel)
        var judge = GenomeJudge(priced, request.admissibleCuts, repeats: settings.repeats)
        var breeding = Breeding(settings, judge.valuesOfBits)
        var population = breeding.begin(seed)
        var best = (seconds: Double.infinity, genome: population[0])
        for generation in 0..<max(1, settings.generations) {
            let seconds = population.map { judge.seconds($0) }
            if let first = seconds.indices.min(by: { seconds[$0] < seconds[$1] }), seconds[first] < best.seconds {
                best = (seconds[first], population[first])
            }
            population = breeding.next(population, seconds, seed, generation)
        }
        let evaluations = settings.population * max(1, settings.generations)
        return priced.plan(
            judge.counts(best.genome), planner: name, lowerBound: priced.rootBound(), evaluations: evaluations)
    }
}

/// Parents, children and chance. A genome is a value for each bit; in the paper's networks a value is 0 or 1.
private struct Breeding {
    let settings: GeneticPlanner.Settings
    /// How many values each bit can have.
    let values: [UInt8]

    init(_ settings: GeneticPlanner.Settings, _ values: [UInt8]) {
        precondition(settings.population > 0 && settings.tournament > 0, "an empty population")
        self.settings = settings
        self.values = values
    }

    func begin(_ seed: UInt64) -> [[UInt8]] {
        var chance = RandomStream(seed: seed, purpose: .planning, slot: 2)
        return (0..<settings.population).map { _ in values.map { UInt8(chance.below(Int($0))) } }
    }

    mutating func next(_ parents: [[UInt8]], _ seconds: [Double], _ seed: UInt64, _ generation: Int) -> [[UInt8]] {
        var chance = RandomStream(seed: seed, purpose: .planning, slot: 3, round: UInt32(truncatingIfNeeded: generation))
        var children: [[UInt8]] = []
        children.reserveCapacity(parents.count + 1)
        while children.count < parents.count {
            var first = parents[winner(seconds, &chance)]
            var second = parents[winner(seconds, &chance)]
            if chance.uniformDouble() < settings.crossover { mix(&first, &second, &chance) }
            mutate(&first, &chance)
            mutate(&second, &chance)
            children.append(first)
            if children.count < parents.count { children.append(second) }
        }
        return children
    }

    private func winner(_ seconds: [Double], _ chance: inout RandomStream) -> Int {
        var best = chance.below(seconds.count)
        for _ in 1..<settings.tournament {
            let other = chance.below(seconds.count)
            if seconds[other] < seconds[best] { best = other }
        }
        return best
    }

    private func mix(_ first: inout [UInt8], _ second: inout [UInt8], _ chance: inout RandomStream) {
        if chance.nextWord() & 1 == 0 {
            var coins: UInt64 = 0
            for bit in values.indices {
                if bit % 64 == 0 { coins = chance.next() }
                if coins >> UInt64(bit % 64) & 1 == 1 { swap(&first[bit], &second[bit]) }
            }
        } else {
            let points = [chance.below(values.count + 1), chance.below(values.count + 1)].sorted()
            for bit in points[0]..<points[1] { swap(&first[bit], &second[bit]) }
        }
    }

    private func mutate(_ genome: inout [UInt8], _ chance: inout RandomStream) {
        // A coin of 32 bits for each bit of the genome.
        let limit = UInt64((settings.mutation * 0x1p32).rounded())
        for bit in values.indices where UInt64(chance.nextWord()) < limit && values[bit] > 1 {
            // Another value than the one it has.
            let step = 1 + chance.below(Int(values[bit]) - 1)
            genome[bit] = UInt8((Int(genome[bit]) + step) % Int(values[bit]))
        }
    }
}
