/// A report as events: the step is the round (docs/report.md lists the tags).
extension Report {
    /// The bytes of one event file.
    public func events(_ pictures: [GridPicture]) -> [UInt8] {
        var file = EventFile(wallTime: started)
        for round in rounds {
            file.add(step: round.round, wallTime: round.committedAt, numbers(round) + Self.images(pictures, round.round))
        }
        if let last = rounds.last { file.add(step: last.round, wallTime: last.committedAt, finalNumbers) }
        return file.bytes
    }

    /// Its name, which readers look for.
    public var eventFileName: String {
        let digits = String(Int(max(0, started.isFinite ? min(started, 9_999_999_999) : 0)))
        return "events.out.tfevents.\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits).oxbow"
    }

    private func numbers(_ round: Round) -> [EventFile.Value] {
        var values: [EventFile.Value] = [
            .number("loss/d_real", round.loss.dReal), .number("loss/d_fake", round.loss.dFake),
            .number("loss/g", round.loss.g),
            .number("seconds/round", round.seconds), .number("seconds/compute_edge", round.secondsBy.computeEdge),
            .number("seconds/compute_core", round.secondsBy.computeCore), .number("seconds/wire", round.secondsBy.wire),
            .number("seconds/wait", round.secondsBy.wait),
            .number("bytes/up", Double(round.bytes.up)), .number("bytes/down", Double(round.bytes.down)),
            .number("clusters", Double(round.clusters.count)),
        ]
        if let speed = samplesPerSecond(round) { values.append(.number("samples_per_second", speed)) }
        for worker in workers {
            if let value = round.divergence[worker.id] { values.append(.number("divergence/\(worker.id)", value)) }
            if let value = round.weights[worker.id] { values.append(.number("weight/\(worker.id)", value)) }
        }
        for (name, scores) in round.domains.sorted(by: { $0.key < $1.key }) {
            let domain = scoredTitle(name)
            values.append(.number("score/\(domain)/image_score", scores.imageScore))
            values.append(.number("score/\(domain)/label_accuracy", scores.labelAccuracy))
            if let fid = scores.fid { values.append(.number("score/\(domain)/fid", fid)) }
        }
        return values
    }

    /// What is measured once, at the end.
    private var finalNumbers: [EventFile.Value] {
        domains.sorted { $0.key < $1.key }.flatMap { domain, scores -> [EventFile.Value] in
            guard let found = scores.classification else { return [] }
            return [
                ("accuracy", found.accuracy), ("precision", found.precision), ("recall", found.recall), ("f1", found.f1),
                ("fpr", found.fpr),
            ].map { .number("classification/\(domain)/\($0)", $1) }
        }
    }

    private static func images(_ pictures: [GridPicture], _ round: Int) -> [EventFile.Value] {
        pictures.filter { $0.facts.round == round }.compactMap { picture in
            if let domain = picture.facts.domain { return .picture("images/\(domain)", picture) }
            return picture.facts.cluster.map { .picture("images/cluster-\($0)", picture) }
        }
    }
}
