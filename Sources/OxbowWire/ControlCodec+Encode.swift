import COxbowWire
import OxbowProtocol

extension ControlCodec {
    static func fill(_ message: inout WireControl, from value: ControlMessage, in arena: WireArena) {
        switch value {
        case .hello(let hello):
            message.kind_case = OXBOW__V1__CONTROL__KIND_HELLO
            message.hello = arena.hello(hello)
        case .welcome(let welcome):
            message.kind_case = OXBOW__V1__CONTROL__KIND_WELCOME
            message.welcome = arena.welcome(welcome)
        case .plan(let plan, let startBarrier, let term):
            message.kind_case = OXBOW__V1__CONTROL__KIND_PLAN
            message.plan = arena.new(oxbow__v1__plan_order__init) {
                $0.plan = arena.plan(plan)
                $0.start_barrier = startBarrier
                $0.term = term
            }
        case .ready(let barrier, let digest):
            message.kind_case = OXBOW__V1__CONTROL__KIND_READY
            message.ready = arena.new(oxbow__v1__ready__init) {
                $0.barrier = barrier
                $0.digest = arena.binary(digest)
            }
        case .stepControl(let control):
            message.kind_case = OXBOW__V1__CONTROL__KIND_STEP_CONTROL
            message.step_control = arena.stepControl(control)
        case .barrierSaved(let term, let round, let digest, let artifacts):
            message.kind_case = OXBOW__V1__CONTROL__KIND_BARRIER_SAVED
            message.barrier_saved = arena.new(oxbow__v1__barrier_saved__init) {
                $0.term = term
                $0.round = round
                $0.digest = arena.binary(digest)
                $0.artifacts = artifacts
            }
        case .saveFailed(let term, let round, let reason):
            message.kind_case = OXBOW__V1__CONTROL__KIND_SAVE_FAILED
            message.save_failed = arena.new(oxbow__v1__save_failed__init) {
                $0.term = term
                $0.round = round
                $0.reason = arena.text(clipped(reason))
            }
        case .metrics(let metrics):
            message.kind_case = OXBOW__V1__CONTROL__KIND_METRICS
            message.metrics = arena.metrics(metrics)
        case .aggregation(let report):
            message.kind_case = OXBOW__V1__CONTROL__KIND_AGGREGATION
            message.aggregation = arena.aggregation(report)
        case .scores(let scores):
            message.kind_case = OXBOW__V1__CONTROL__KIND_SCORES
            message.scores = arena.scores(scores)
        case .heartbeat(let busy, let round, let step):
            message.kind_case = OXBOW__V1__CONTROL__KIND_HEARTBEAT
            message.heartbeat = arena.new(oxbow__v1__heartbeat__init) {
                $0.busy = busy ? 1 : 0
                $0.round = round
                $0.step = step
            }
        case .probe(let probe):
            message.kind_case = OXBOW__V1__CONTROL__KIND_PROBE
            message.probe = arena.new(oxbow__v1__link_probe__init) {
                $0.number = probe.number
                $0.answer_bytes = probe.answerBytes
                $0.padding = arena.binary(probe.padding)
            }
        case .link(let link):
            message.kind_case = OXBOW__V1__CONTROL__KIND_LINK
            message.link = arena.link(link)
        case .leaving(let reason):
            message.kind_case = OXBOW__V1__CONTROL__KIND_LEAVING
            message.leaving = arena.new(oxbow__v1__leaving__init) { $0.reason = arena.text(clipped(reason)) }
        case .standby(let reason):
            message.kind_case = OXBOW__V1__CONTROL__KIND_STANDBY
            message.standby = arena.new(oxbow__v1__standby__init) { $0.reason = arena.text(clipped(reason)) }
        case .error(let code, let text):
            message.kind_case = OXBOW__V1__CONTROL__KIND_ERROR
            message.error = arena.new(oxbow__v1__error_report__init) {
                $0.code = code.rawValue
                $0.message = arena.text(clipped(text))
            }
        case .goodbye(let reason):
            message.kind_case = OXBOW__V1__CONTROL__KIND_GOODBYE
            message.goodbye = arena.new(oxbow__v1__goodbye__init) { $0.reason = arena.text(clipped(reason)) }
        }
    }
}

extension WireArena {
    fileprivate func metrics(_ metrics: StepMetrics) -> UnsafeMutablePointer<Oxbow__V1__StepMetrics> {
        new(oxbow__v1__step_metrics__init) {
            $0.round = metrics.round
            $0.step = metrics.step
            $0.loss_real = metrics.lossReal
            $0.loss_fake = metrics.lossFake
            $0.loss_generator = metrics.lossGenerator
            $0.compute_seconds = metrics.computeSeconds
            $0.wait_seconds = metrics.waitSeconds
            $0.codec_seconds = metrics.codecSeconds
        }
    }

    fileprivate func aggregation(_ report: AggregationReport) -> UnsafeMutablePointer<Oxbow__V1__AggregationReport> {
        let entries = report.entries.map { entry in
            new(oxbow__v1__aggregation_entry__init) {
                $0.slot = entry.slot
                $0.cluster = entry.cluster
                $0.cluster_divergence = entry.clusterDivergence
                $0.global_divergence = entry.globalDivergence
                $0.cluster_weight = entry.clusterWeight
                $0.global_weight = entry.globalWeight
            } as UnsafeMutablePointer<Oxbow__V1__AggregationEntry>?
        }
        return new(oxbow__v1__aggregation_report__init) {
            $0.round = report.round
            $0.n_entries = entries.count
            $0.entries = array(entries)
        }
    }
}
