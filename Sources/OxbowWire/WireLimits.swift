/// Every limit of the protocol, stated in docs/protocol.md. Checked before anything is allocated.
public enum WireLimits {
    // Frames.
    public static let envelopeBytes = 1 << 10
    /// A hello, and so all that a broker need accept from a peer it does not know.
    public static let helloBytes = 64 << 10
    /// Any control message from a peer to the broker.
    public static let controlBytesToBroker = 1 << 20
    /// Any control message; a plan for `members` edges fits.
    public static let controlBytes = 8 << 20
    public static let bodyBytes = 1 << 30
    /// Of a probe, and of its answer.
    public static let probeBytes = 512 << 10

    // Bodies.
    public static let bodyHeaderBytes = 512 << 10
    public static let tensors = 1024
    public static let dims = 8
    /// Of one tensor.
    public static let elements = 1 << 28

    // Counts.
    /// Members of a step, assignments of a plan, entries of a report.
    public static let members = 16384
    public static let tags = 64
    /// Widths of which a peer tells its speed.
    public static let speeds = 16
    public static let savedBarriers = 16
    /// Fields that this version does not know, in a whole message.
    public static let unknownFields = 64

    // Numbers: products of those that are multiplied fit an `Int`.
    public static let slots: UInt32 = 1 << 20
    public static let rounds: UInt32 = 1 << 24
    public static let steps: UInt32 = 1 << 30
    public static let samples: UInt64 = 1 << 40
    public static let memoryBytes: UInt64 = 1 << 60
    public static let batch: UInt32 = 1 << 16
    public static let imageSide = 1 << 14
    public static let imageChannels = 1 << 12
    public static let classes = 1 << 20
    public static let noise = 1 << 20
    public static let width = 1024.0
    public static let cut = 1024
    public static let digestBytes = 32

    // Texts, in bytes of UTF-8.
    public static let workerIDBytes = 128
    public static let tierBytes = 64
    public static let instructionSetBytes = 256
    public static let tagKeyBytes = 64
    public static let tagValueBytes = 256
    public static let tensorNameBytes = 128
    public static let fileNameBytes = 64
    /// Texts for people (error, goodbye); longer ones are cut when sent.
    public static let messageBytes = 2048

    // Operators.
    /// An experiment's file.
    public static let experimentBytes = 1 << 20
    public static let operatorCommandBytes = experimentBytes + (4 << 10)
    public static let operatorRequestBytes = operatorCommandBytes + (1 << 10)
    /// Of a log or a file, in one answer.
    public static let operatorPartBytes = 1 << 20
    /// Any answer's content; the status of a fleet is the longest.
    public static let operatorContentBytes = 8 << 20
    public static let operatorReplyBytes = operatorContentBytes + (4 << 10)
    public static let runNameBytes = 64
    /// A file of a run, by its path in the run's folder.
    public static let runFileBytes = 160

    // Enrolment.
    public static let enrolmentBytes = 64 << 10
    public static let publicKeyBytes = 32

    // Traces.
    /// A record without the body that may follow it.
    public static let traceRecordBytes = 12 << 20
    /// A decision or a note, as JSON.
    public static let traceTextBytes = 8 << 20
    /// A release, a library, the name of a block.
    public static let traceNameBytes = 512
    public static let traceAlgorithms = 256
    public static let traceHashBytes = 16
}

extension WireLimits {
    /// The most bytes of the text field with this name in proto/. 0 for a name that has no limit here: none passes.
    static func textBytes(ofField name: String) -> Int {
        switch name {
        case "worker_id": workerIDBytes
        case "tier": tierBytes
        case "instruction_set": instructionSetBytes
        case "key": tagKeyBytes
        case "value": tagValueBytes
        case "name": tensorNameBytes
        case "message", "reason": messageBytes
        case "experiment": experimentBytes
        case "run", "run_name": runNameBytes
        case "file": runFileBytes
        case "decision", "note": traceTextBytes
        case "release", "kernels", "onednn", "block", "algorithm", "state_hash": traceNameBytes
        case "outcome": messageBytes
        default: 0
        }
    }

    /// The most bytes of the bytes field with this name in proto/. 0 for a name that has no limit here.
    static func bytes(ofField name: String) -> Int {
        switch name {
        case "digest": digestBytes
        case "public_key": publicKeyBytes
        case "padding": probeBytes
        case "challenge", "mac", "next_challenge": digestBytes
        case "command": operatorCommandBytes
        case "content": operatorContentBytes
        case "body_hash": traceHashBytes
        case "control_body": controlBytes
        default: 0
        }
    }

    /// The most entries of the repeated field with this name in proto/. 0 for a name that has no limit here.
    static func count(ofField name: String) -> Int {
        switch name {
        case "members", "assignments", "entries": members
        case "tags": tags
        case "speeds": speeds
        case "saved_barriers": savedBarriers
        case "tensors": tensors
        case "dims": dims
        case "algorithms": traceAlgorithms
        default: 0
        }
    }

    /// The most memory a message of this many bytes may unpack to.
    ///
    /// The densest legal message, a plan of nameless assignments, needs about 12 times its bytes.
    static func unpackedBytes(of byteCount: Int) -> Int {
        (64 << 10) + 16 * byteCount
    }
}
