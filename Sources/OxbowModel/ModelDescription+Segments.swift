extension ModelDescription {
    /// Head, core and tail of both networks; throws `ModelError` for cuts outside the model's ranges.
    public func segments(for cuts: Cuts) throws -> Segments {
        Segments(
            generator: try segments(of: .generator, head: cuts.generatorHead, tail: cuts.generatorTail),
            discriminator: try segments(of: .discriminator, head: cuts.discriminatorHead, tail: cuts.discriminatorTail))
    }

    /// Every admissible choice, in rising order of `Cuts.values`.
    public var admissibleCuts: [Cuts] {
        var all: [Cuts] = []
        for generatorHead in generator.headCuts {
            for generatorTail in generator.tailCuts {
                for discriminatorHead in discriminator.headCuts {
                    for discriminatorTail in discriminator.tailCuts {
                        all.append(
                            Cuts(
                                generatorHead: generatorHead, generatorTail: generatorTail,
                                discriminatorHead: discriminatorHead, discriminatorTail: discriminatorTail))
                    }
                }
            }
        }
        return all
    }

    /// The most a worker can keep.
    public var maximalCuts: Cuts {
        Cuts(
            generatorHead: generator.headCuts.upperBound, generatorTail: generator.tailCuts.upperBound,
            discriminatorHead: discriminator.headCuts.upperBound, discriminatorTail: discriminator.tailCuts.upperBound)
    }

    func segments(of network: Network, head: Int, tail: Int) throws -> NetworkSegments {
        let description = self[network]
        let name = network.rawValue.uppercased()
        guard description.headCuts.contains(head) else {
            throw ModelError(subject: "head cut \(head) of \(name)", reason: "choose one of \(description.headCuts)")
        }
        guard description.tailCuts.contains(tail) else {
            throw ModelError(subject: "tail cut \(tail) of \(name)", reason: "choose one of \(description.tailCuts)")
        }
        let count = description.blocks.count
        return NetworkSegments(head: 0..<head + 1, core: head + 1..<count - 1 - tail, tail: count - 1 - tail..<count)
    }
}
