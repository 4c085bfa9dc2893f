import OxbowProtocol

/// Divides a walk's stretches, round by round. Memory: a few numbers for each member.
struct RoundClock {
    private struct OnPath {
        var times = 0
        var steps = 0.0
        var deltas = 0.0
        var deltaBytes = 0.0
        var save = 0.0
    }

    private var sums: [MemberID: MemberSums] = [:]
    private var path: [MemberID: OnPath] = [:]
    private var parts = RoundTime.Parts()
    private var seconds = 0.0
    private var round: UInt32?

    mutating func take(_ event: WalkEvent) {
        switch event {
        case .stretch(let stretch): add(stretch)
        case .metrics(let member, let metrics): sums[member, default: MemberSums()].add(metrics)
        case .response(let response): sums[response.member, default: MemberSums()].add(response)
        case .ordered(let order, _): round = order.round ?? round
        case .passed, .barrier: break
        }
    }

    private mutating func add(_ stretch: Stretch) {
        seconds += stretch.seconds
        switch stretch.part {
        case .queue: parts.queue += stretch.seconds
        case .wait: parts.wait += stretch.seconds
        case .save(let member):
            parts.save += stretch.seconds
            if let member { path[member, default: OnPath()].save += stretch.seconds }
        case .answer(let member, let exchange, let byteCount):
            path[member, default: OnPath()].times += 1
            guard exchange == .modelDeltas else { return path[member, default: OnPath()].steps += stretch.seconds }
            path[member, default: OnPath()].deltas += stretch.seconds
            path[member, default: OnPath()].deltaBytes += Double(byteCount)
        }
    }

    /// How each member's answers of this round divide.
    var shares: [MemberID: AnswerShares] { sums.mapValues(\.shares) }

    /// The round as it is now; the next one begins.
    mutating func take(isCommitted: Bool) -> RoundTime {
        defer { self = RoundClock() }
        var result = RoundTime(round: round, isCommitted: isCommitted, seconds: seconds, parts: parts, path: [])
        // By member: sums must not hang on a dictionary's order.
        for (member, share) in path.sorted(by: { $0.key < $1.key }) {
            let awaited = divide(share, of: member)
            result.parts.codec += awaited.codec
            result.parts.wire += awaited.wire
            if member.role == .edge {
                result.parts.computeEdge += awaited.compute
            } else {
                result.parts.computeCore += awaited.compute
            }
            result.path.append(awaited)
        }
        result.path.sort { ($1.seconds, $0.member) < ($0.seconds, $1.member) }
        return result
    }

    private func divide(_ path: OnPath, of member: MemberID) -> RoundTime.Awaited {
        let shares = sums[member]?.shares ?? .unknown
        let deltaWire = min(path.deltas, path.deltaBytes * shares.wireSecondsPerByte)
        let (compute, codec) = (path.steps * shares.compute, path.steps * shares.codec)
        return RoundTime.Awaited(
            member: member.description, times: path.times, compute: compute + path.deltas - deltaWire, codec: codec,
            wire: path.steps - compute - codec + deltaWire, save: path.save)
    }
}
