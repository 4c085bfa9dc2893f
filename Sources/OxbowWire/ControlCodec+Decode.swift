import COxbowWire
import OxbowProtocol

extension ControlCodec {
    static func value(_ message: WireControl) throws(WireError) -> ControlMessage {
        let subject = "control message"
        switch message.kind_case {
        case OXBOW__V1__CONTROL__KIND_HELLO: return .hello(try Hello(part(message.hello, subject)))
        case OXBOW__V1__CONTROL__KIND_WELCOME: return .welcome(try Welcome(part(message.welcome, subject)))
        case OXBOW__V1__CONTROL__KIND_PLAN:
            let order = try part(message.plan, subject)
            return .plan(try Plan(part(order.plan, "plan")), startBarrier: order.start_barrier, term: order.term)
        case OXBOW__V1__CONTROL__KIND_READY:
            let ready = try part(message.ready, subject)
            return .ready(barrier: ready.barrier, digest: bytes(ready.digest))
        case OXBOW__V1__CONTROL__KIND_STEP_CONTROL:
            return .stepControl(try StepControl(part(message.step_control, subject)))
        case OXBOW__V1__CONTROL__KIND_BARRIER_SAVED:
            let saved = try part(message.barrier_saved, subject)
            return .barrierSaved(
                term: saved.term, round: saved.round, digest: bytes(saved.digest), artifacts: saved.artifacts)
        case OXBOW__V1__CONTROL__KIND_SAVE_FAILED:
            let failed = try part(message.save_failed, subject)
            return .saveFailed(term: failed.term, round: failed.round, reason: String(cString: failed.reason))
        case OXBOW__V1__CONTROL__KIND_METRICS: return .metrics(StepMetrics(try part(message.metrics, subject)))
        case OXBOW__V1__CONTROL__KIND_AGGREGATION:
            return .aggregation(try AggregationReport(part(message.aggregation, subject)))
        case OXBOW__V1__CONTROL__KIND_SCORES: return .scores(RoundScores(try part(message.scores, subject)))
        case OXBOW__V1__CONTROL__KIND_HEARTBEAT:
            let heartbeat = try part(message.heartbeat, subject)
            return .heartbeat(busy: heartbeat.busy != 0, round: heartbeat.round, step: heartbeat.step)
        case OXBOW__V1__CONTROL__KIND_PROBE:
            let probe = try part(message.probe, subject)
            return .probe(LinkProbe(number: probe.number, answerBytes: probe.answer_bytes, padding: bytes(probe.padding)))
        case OXBOW__V1__CONTROL__KIND_LINK: return .link(LinkQuality(try part(message.link, subject)))
        case OXBOW__V1__CONTROL__KIND_LEAVING:
            return .leaving(reason: String(cString: try part(message.leaving, subject).reason))
        case OXBOW__V1__CONTROL__KIND_STANDBY:
            return .standby(reason: String(cString: try part(message.standby, subject).reason))
        case OXBOW__V1__CONTROL__KIND_ERROR: return try error(part(message.error, subject))
        case OXBOW__V1__CONTROL__KIND_GOODBYE:
            return .goodbye(reason: String(cString: try part(message.goodbye, subject).reason))
        default: throw .malformed(subject, "its kind is missing")
        }
    }

    private static func error(_ report: Oxbow__V1__ErrorReport) throws(WireError) -> ControlMessage {
        guard let code = ErrorCode(rawValue: report.code) else {
            throw .malformed("error", "error code \(report.code) is not known")
        }
        return .error(code, message: String(cString: report.message))
    }

    private static func bytes(_ binary: ProtobufCBinaryData) -> [UInt8] {
        Array(UnsafeBufferPointer(start: binary.data, count: binary.len))
    }
}

extension StepMetrics {
    fileprivate init(_ metrics: Oxbow__V1__StepMetrics) {
        self.init(
            round: metrics.round, step: metrics.step, lossReal: metrics.loss_real, lossFake: metrics.loss_fake,
            lossGenerator: metrics.loss_generator, computeSeconds: metrics.compute_seconds,
            waitSeconds: metrics.wait_seconds, codecSeconds: metrics.codec_seconds)
    }
}

extension AggregationReport {
    fileprivate init(_ report: Oxbow__V1__AggregationReport) throws(WireError) {
        var entries: [Entry] = []
        entries.reserveCapacity(report.n_entries)
        for entry in UnsafeBufferPointer(start: report.entries, count: report.n_entries) {
            let entry = try part(entry, "aggregation")
            entries.append(
                Entry(
                    slot: entry.slot, cluster: entry.cluster, clusterDivergence: entry.cluster_divergence,
                    globalDivergence: entry.global_divergence, clusterWeight: entry.cluster_weight,
                    globalWeight: entry.global_weight))
        }
        self.init(round: report.round, entries: entries)
    }
}
