import COxbowWire
import Testing

@testable import OxbowWire

/// Every field of every message that an edge sends, and what it says: by the generated descriptors, so that a new field fails here
/// until somebody has said why no image, label, noise or loss of one sample fits into it (docs/threat-model.md).
@Suite struct EdgeFieldTests {
    private enum Content {
        /// A counter, size, version or place in a run.
        case number
        /// Seconds or speeds of machine and link.
        case measure
        /// One value of a list in proto/.
        case choice
        /// Chosen by the worker's owner: names, tags.
        case name
        /// A sentence of our own about a failure.
        case reason
        /// 32 bytes of SHA-256: of a state, or of all images and labels together (docs/protocol.md, section 4).
        case digest
        /// A public key.
        case key
        /// A mean over a batch or more.
        case mean
        /// Zeros, for their length.
        case padding
        /// What a judge says of generated images, or of all real held-out ones: one number over all of them.
        case score
    }

    private static let fields: [String: Content] = [
        "version": .number, "run": .number, "sender.role": .choice, "sender.slot": .number, "session_epoch": .number,
        "credits": .number, "bulk.term": .number, "bulk.round": .number, "bulk.step": .number, "bulk.exchange": .choice,
        "bulk.direction": .choice, "bulk.slot": .number,

        "hello.lowest_version": .number, "hello.highest_version": .number, "hello.worker_id": .name, "hello.role": .choice,
        "hello.tier": .name, "hello.lane": .choice, "hello.nonce": .number, "hello.capabilities.memory_bytes": .measure,
        "hello.capabilities.cores": .measure, "hello.capabilities.instruction_set": .name,
        "hello.capabilities.speeds.width": .measure, "hello.capabilities.speeds.gflops": .measure,
        "hello.capabilities.speeds.outer_gflops": .measure, "hello.capabilities.tags.key": .name,
        "hello.capabilities.tags.value": .name, "hello.data.samples": .number, "hello.data.height": .number,
        "hello.data.width": .number, "hello.data.channels": .number, "hello.data.classes": .number, "hello.data.digest": .digest,
        "hello.saved_barriers": .number, "hello.saved_run": .number, "hello.link.round_trip_seconds": .measure,
        "hello.link.up_bytes_per_second": .measure, "hello.link.down_bytes_per_second": .measure,
        "ready.barrier": .number, "ready.digest": .digest, "barrier_saved.term": .number, "barrier_saved.round": .number,
        "barrier_saved.digest": .digest, "barrier_saved.artifacts": .number, "save_failed.term": .number,
        "save_failed.round": .number, "save_failed.reason": .reason, "metrics.round": .number, "metrics.step": .number,
        "metrics.loss_real": .mean, "metrics.loss_fake": .mean, "metrics.loss_generator": .mean,
        "metrics.compute_seconds": .measure, "metrics.wait_seconds": .measure, "metrics.codec_seconds": .measure,
        "scores.run": .number, "scores.round": .number, "scores.scores.samples": .number, "scores.scores.image_score": .score,
        "scores.scores.fid": .score, "scores.scores.label_accuracy": .score, "scores.scores.judge_accuracy": .score,
        "heartbeat.busy": .choice, "heartbeat.round": .number, "heartbeat.step": .number, "probe.number": .number,
        "probe.answer_bytes": .number, "probe.padding": .padding, "link.round_trip_seconds": .measure,
        "link.up_bytes_per_second": .measure, "link.down_bytes_per_second": .measure, "leaving.reason": .reason,
        "error.code": .choice, "error.message": .reason, "goodbye.reason": .reason,

        "enrolment.public_key": .key, "enrolment.worker_id": .name, "enrolment.role": .choice, "enrolment.tier": .name,
        "enrolment.tags.key": .name, "enrolment.tags.value": .name,

        "body.tensors.name": .name, "body.tensors.dtype": .choice, "body.tensors.encoding": .choice, "body.tensors.dims": .number,
        "body.tensors.offset": .number, "body.tensors.byte_length": .number,
    ]

    /// Kinds that only a broker, a core or an operator sends: a broker refuses them from an edge.
    private static let others: Set<String> = [
        "welcome", "plan", "step_control", "aggregation", "standby", "artifact", "operator",
    ]

    private typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>

    private func flatten(_ descriptor: Descriptor, _ prefix: String, isTop: Bool = false) -> [String] {
        (0..<Int(descriptor.pointee.n_fields)).flatMap { index -> [String] in
            let field = descriptor.pointee.fields[index]
            let name = String(cString: field.name)
            if isTop, Self.others.contains(name) { return [] }
            guard field.type == PROTOBUF_C_TYPE_MESSAGE, let inner = field.descriptor else { return [prefix + name] }
            return flatten(inner.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), prefix + name + ".")
        }
    }

    private var found: [String] {
        var (envelope, control) = (Oxbow__V1__Envelope(), Oxbow__V1__Control())
        var (request, body) = (Oxbow__V1__EnrolmentRequest(), Oxbow__V1__BodyHeader())
        oxbow__v1__envelope__init(&envelope)
        oxbow__v1__control__init(&control)
        oxbow__v1__enrolment_request__init(&request)
        oxbow__v1__body_header__init(&body)
        return flatten(envelope.base.descriptor, "", isTop: true) + flatten(control.base.descriptor, "", isTop: true)
            + flatten(request.base.descriptor, "enrolment.") + flatten(body.base.descriptor, "body.")
    }

    @Test func everyFieldIsClassified() {
        let all = found
        #expect(all.count > 60 && all.contains("hello.data.digest") && !all.contains("plan.plan.seed"))
        #expect(all.filter { Self.fields[$0] == nil } == [], "say in docs/threat-model.md and here what these fields can hold")
        #expect(Self.fields.keys.filter { !all.contains($0) }.sorted() == [], "these fields are gone")
    }

    /// Bytes and texts are few and short: no image fits but into tensors, and those are checked where they are made.
    @Test func whatIsFreeIsShort() {
        for field in found {
            let name = field.split(separator: ".").last.map(String.init) ?? ""
            switch Self.fields[field] {
            case .name: #expect(WireLimits.textBytes(ofField: name) <= 256, "\(field)")
            case .reason: #expect(WireLimits.textBytes(ofField: name) <= 2048, "\(field)")
            case .digest, .key: #expect(WireLimits.bytes(ofField: name) == 32, "\(field)")
            default: break
            }
        }
        // A probe's padding has nothing in it.
        #expect(WireLimits.bytes(ofField: "padding") == WireLimits.probeBytes)
    }
}
