import OxbowProtocol
import OxbowScheduling

/// What a message's values must fulfil beyond their types; checked before encoding and after decoding, so that neither
/// side sends what the other refuses.
struct WireRules {
    let subject: String

    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(WireError) {
        guard condition else { throw .malformed(subject, reason()) }
    }

    func limit<Number: BinaryInteger>(_ name: String, _ value: Number, _ most: Number) throws(WireError) {
        guard value <= most else { throw .tooLarge(subject, "\(name) \(value) is more than \(most)") }
    }

    func range(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(WireError) {
        try require(range.contains(value), "\(name) \(value) is not in \(range.lowerBound) to \(range.upperBound)")
    }

    func count(_ name: String, _ value: Int, _ most: Int) throws(WireError) {
        guard value <= most else { throw .tooLarge(subject, "\(value) \(name) are more than \(most)") }
    }

    func text(_ name: String, _ value: String, _ most: Int) throws(WireError) {
        guard value.utf8.count <= most else {
            throw .tooLarge(subject, "\(name) of \(value.utf8.count) bytes is longer than \(most)")
        }
        try require(!value.utf8.contains(0), "\(name) contains a NUL")
    }

    func finite(_ name: String, _ value: Double) throws(WireError) {
        try require(value.isFinite, "\(name) is not finite")
    }

    /// A time, a weight, a speed.
    func amount(_ name: String, _ value: Double) throws(WireError) {
        try require(value.isFinite && value >= 0, "\(name) is not a finite number from 0")
    }

    func rising<Values: Collection<UInt32>>(_ name: String, _ values: Values, below most: UInt32) throws(WireError) {
        var previous: UInt32?
        for value in values {
            try limit(name, value, most)
            try require(previous.map { $0 < value } ?? true, "\(name) \(value) does not rise")
            previous = value
        }
    }

    func place(round: UInt32, step: UInt32 = 0) throws(WireError) {
        try limit("round", round, WireLimits.rounds)
        try limit("step", step, WireLimits.steps)
    }

    func slot(_ slot: UInt32) throws(WireError) {
        try limit("slot", slot, WireLimits.slots)
    }

    func digest(_ digest: [UInt8]) throws(WireError) {
        try require(
            digest.count == WireLimits.digestBytes, "a digest of \(digest.count) bytes, not \(WireLimits.digestBytes)")
    }
}

extension WireRules {
    func check(_ envelope: Envelope) throws(WireError) {
        try require(envelope.version >= 1, "version 0")
        if let sender = envelope.sender { try slot(sender.slot) }
        switch envelope.content {
        case .control, .operator, .enrolment: break
        case .bulk(let key):
            try place(round: key.round, step: key.step)
            try slot(key.slot)
        case .artifact(let key):
            try place(round: key.round)
            try fileName(key.name)
        }
    }

    /// What may name a file: nothing of it leads out of a folder.
    func fileName(_ name: String) throws(WireError) {
        try text("file name", name, WireLimits.fileNameBytes)
        func isPlain(_ byte: UInt8) -> Bool {
            switch Unicode.Scalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9": true
            default: false
            }
        }
        let others = [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")]
        let isName = name.utf8.first.map(isPlain) == true && name.utf8.allSatisfy { isPlain($0) || others.contains($0) }
        try require(isName, "'\(name)' is no file name")
    }

    func check(_ hello: Hello) throws(WireError) {
        try require(
            1 <= hello.lowestVersion && hello.lowestVersion <= hello.highestVersion,
            "versions \(hello.lowestVersion) to \(hello.highestVersion)")
        try require(!hello.workerID.isEmpty, "a worker without a name")
        try text("worker name", hello.workerID, WireLimits.workerIDBytes)
        try text("tier", hello.tier, WireLimits.tierBytes)
        try check(hello.capabilities)
        try check(hello.link)
        try check(hello.data)
        try count("saved barriers", hello.savedBarriers.count, WireLimits.savedBarriers)
        try rising("saved barrier", hello.savedBarriers, below: WireLimits.rounds)
    }

    private func check(_ capabilities: Capabilities) throws(WireError) {
        try limit("memory", capabilities.memoryBytes, WireLimits.memoryBytes)
        try text("instruction set", capabilities.instructionSet, WireLimits.instructionSetBytes)
        try count("speeds", capabilities.speeds.count, WireLimits.speeds)
        for speed in capabilities.speeds { try check(speed) }
        try check(tags: capabilities.tags)
    }

    func check(tags: [String: String]) throws(WireError) {
        try count("tags", tags.count, WireLimits.tags)
        for (key, value) in tags {
            try text("tag key", key, WireLimits.tagKeyBytes)
            try text("tag value", value, WireLimits.tagValueBytes)
        }
    }

    private func check(_ speed: KernelSpeed) throws(WireError) {
        try amount("width", speed.width)
        for value in [speed.gflops, speed.outerGflops] {
            try require(value.isFinite && value > 0, "a speed is not a finite number above 0")
        }
    }

    func check(_ link: LinkQuality) throws(WireError) {
        try amount("round trip", link.roundTripSeconds)
        try amount("bytes a second up", link.upBytesPerSecond)
        try amount("bytes a second down", link.downBytesPerSecond)
    }

    func check(_ probe: LinkProbe) throws(WireError) {
        try limit("answer", Int(probe.answerBytes), WireLimits.probeBytes)
        try count("bytes of padding", probe.padding.count, WireLimits.probeBytes)
    }

    private func check(_ data: DataForm) throws(WireError) {
        try limit("samples", data.samples, WireLimits.samples)
        try limit("height", Int(data.height), WireLimits.imageSide)
        try limit("width", Int(data.width), WireLimits.imageSide)
        try limit("channels", Int(data.channels), WireLimits.imageChannels)
        try limit("classes", Int(data.classes), WireLimits.classes)
        if !data.digest.isEmpty { try digest(data.digest) }
    }

    func check(_ welcome: Welcome) throws(WireError) {
        try require(welcome.version >= 1, "version 0")
        try slot(welcome.member.slot)
        try require(
            1 <= welcome.heartbeat_ms && welcome.heartbeat_ms <= welcome.lease_ms,
            "a heartbeat of \(welcome.heartbeat_ms) ms and a lease of \(welcome.lease_ms) ms")
    }

    func check(_ control: StepControl) throws(WireError) {
        try count("members", control.members.count, WireLimits.members)
        try rising("member", control.members, below: WireLimits.slots)
        switch control.commit {
        case .nothing: break
        case .half(let half): try place(round: half.round, step: half.step)
        case .barrier(let round): try place(round: round)
        }
        switch control.next {
        case .pause, .rest, .finish: break
        case .half(let half, _): try place(round: half.round, step: half.step)
        case .barrier(let round): try place(round: round)
        }
        guard let amendment = control.amendment else { return }
        if case .barrier = control.next {} else { try require(false, "an amendment without a barrier") }
        try require(amendment.map(\.slot) == control.members, "an amendment that is not for the order's members")
        try check(amendment)
    }

    /// Losses may be infinite or NaN: a run that diverges must be able to say so.
    func check(_ metrics: StepMetrics) throws(WireError) {
        try place(round: metrics.round, step: metrics.step)
        try amount("compute time", metrics.computeSeconds)
        try amount("waiting time", metrics.waitSeconds)
        try amount("codec time", metrics.codecSeconds)
    }

    /// Divergences may be infinite: distributions without overlap. Weights may not.
    func check(_ report: AggregationReport) throws(WireError) {
        try place(round: report.round)
        try count("entries", report.entries.count, WireLimits.members)
        try rising("slot", report.entries.lazy.map(\.slot), below: WireLimits.slots)
        for entry in report.entries {
            try limit("cluster", Int(entry.cluster), WireLimits.members)
            try amount("cluster weight", entry.clusterWeight)
            try amount("global weight", entry.globalWeight)
        }
    }
}
