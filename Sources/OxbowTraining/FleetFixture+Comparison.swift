import OxbowModel

/// What the aggregation of a fixture's barrier gets; arrays are by client.
public struct FixtureBarrier: Sendable {
    public let signals: [[Float]]
    /// Of a signal: channels x positions.
    public let channels: Int
    public let samples: [Int]
    public let clusters: [Int]
    public let alpha: Double
    /// What each client holds, by name.
    public let own: [[String: [Float]]]
    public let core: [String: [Float]]
}

/// What the aggregation gives back.
public struct FixtureMeans: Sendable {
    public var clusterDivergences: [Double]
    public var globalDivergences: [Double]
    /// By cluster.
    public var clusters: [[String: [Float]]]
    public var global: [String: [Float]]

    public init(
        clusterDivergences: [Double], globalDivergences: [Double], clusters: [[String: [Float]]], global: [String: [Float]]
    ) {
        self.clusterDivergences = clusterDivergences
        self.globalDivergences = globalDivergences
        self.clusters = clusters
        self.global = global
    }
}

extension FleetFixture {
    func compareTaps(_ fleet: LocalFleet, _ deviations: inout [Deviation]) throws {
        let block = model.signalBlock
        for client in fleet.edges.indices {
            guard let recorded = tensors("tap.client\(client)"),
                let tap = fleet.core.tap(part: client)
            else { continue }
            deviations.append(
                Deviation("tap.client\(client)", MapLayout.channelsFirst(tap, model[block].output), recorded.values))
        }
    }

    func compareState(_ prefix: String, _ fleet: LocalFleet, _ deviations: inout [Deviation]) throws {
        for (client, edge) in fleet.edges.enumerated() {
            try compare("\(prefix).client\(client)", edge.exportBlocks(), &deviations)
        }
        try compare("\(prefix).server", fleet.core.exportBlocks(), &deviations)
    }

    func compareBarrier(
        _ fleet: LocalFleet, _ aggregate: (FixtureBarrier) throws -> FixtureMeans, _ deviations: inout [Deviation]
    ) throws {
        guard let samples = description.sample_counts, let clusters = description.clusters else { return }
        let signal = fleet.core.signal
        let means = try aggregate(
            FixtureBarrier(
                signals: fleet.edges.compactMap { signal[$0.slot] }, channels: model[model.signalBlock].output.channels,
                samples: samples, clusters: clusters, alpha: description.alpha ?? 1,
                own: fleet.edges.map { Self.byName($0.exportBlocks()) }, core: Self.byName(fleet.core.exportBlocks())))
        if let recorded = description.kld_in_cluster {
            deviations.append(Deviation("kld_in_cluster", means.clusterDivergences.map(Float.init), recorded.map(Float.init)))
        }
        if let recorded = description.kld_global {
            deviations.append(Deviation("kld_global", means.globalDivergences.map(Float.init), recorded.map(Float.init)))
        }
        for (client, edge) in fleet.edges.enumerated() where means.clusters.indices.contains(clusters[client]) {
            try install(means.clusters[clusters[client]], into: edge)
        }
        try install(means.global, into: fleet.core)
        try compareState("aggregated", fleet, &deviations)
    }

    private func install(_ means: [String: [Float]], into member: some BlockOwner) throws {
        try member.install(
            NamedTensors(
                member.exportBlocks().compactMap { tensor in
                    means[tensor.name].map { NamedTensor(name: tensor.name, shape: tensor.shape, values: $0) }
                }))
    }

    private func compare(_ owner: String, _ tensors: NamedTensors, _ deviations: inout [Deviation]) throws {
        for tensor in tensors {
            guard let name = BlockName(tensor.name),
                let kind = model[name].tensors.first(where: { $0.name == tensor.name })?.kind
            else { continue }
            let drifts = kind == .runningMean || (kind == .bias && model[name].batchNorm)
            let recorded = try self.tensor("\(owner).\(tensor.name)")
            deviations.append(
                Deviation(
                    "\(owner).\(tensor.name)", tensor.values, recorded,
                    tolerance: drifts ? Deviation.biasTolerance : Deviation.tolerance))
        }
    }

    private static func byName(_ tensors: NamedTensors) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
    }
}

extension CoreTrainer {
    /// D's signal block on one part's real images, after exchange 2 and before exchange 3, channels last.
    func tap(part: Int) -> [Float]? { real.output(of: model.signalBlock.index, part: part)?.array }
}
