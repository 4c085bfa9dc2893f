import COxbowWire
import OxbowProtocol

extension OperatorCodec {
    /// What an operator's mac is of. At most `WireLimits.operatorCommandBytes` bytes; a part over its limit throws.
    public static func encode(_ command: OperatorCommand) throws(WireError) -> [UInt8] {
        try check(command)
        let arena = WireArena.forEncoding()
        return withExtendedLifetime(arena) {
            let message = arena.new(oxbow__v1__operator_command__init) { fill(&$0, from: command, in: arena) }
            return packed(&message.pointee.base)
        }
    }

    /// Throws `malformed` or `tooLarge`.
    public static func decodeCommand(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> OperatorCommand {
        var empty = Oxbow__V1__OperatorCommand()
        oxbow__v1__operator_command__init(&empty)
        let command = try withUnpacked(
            bytes, subject: subject, limit: WireLimits.operatorCommandBytes, descriptor: empty.base.descriptor,
            unpack: oxbow__v1__operator_command__unpack, value)
        try check(command)
        return command
    }

    private static let subject = "operator's command"

    private static func fill(
        _ message: inout Oxbow__V1__OperatorCommand, from command: OperatorCommand, in arena: WireArena
    ) {
        switch command {
        case .hello:
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_HELLO
            message.hello = arena.new(oxbow__v1__operator_hello__init) { _ in }
        case .submit(let submission):
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_SUBMIT
            message.submit = arena.submission(submission)
        case .list:
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_LIST
            message.list = arena.new(oxbow__v1__list_command__init) { _ in }
        case .status:
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_STATUS
            message.status = arena.new(oxbow__v1__status_command__init) { _ in }
        case .logs(let run, let offset, let most):
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_LOGS
            message.logs = arena.new(oxbow__v1__logs_command__init) {
                $0.offset = offset
                $0.most_bytes = most
                $0.run = arena.text(run)
            }
        case .stop(let run, let reason):
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_STOP
            message.stop = arena.new(oxbow__v1__stop_command__init) {
                $0.run = arena.text(run)
                $0.reason = arena.text(ControlCodec.clipped(reason))
            }
        case .files(let run):
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_FILES
            message.files = arena.new(oxbow__v1__files_command__init) { $0.run = arena.text(run) }
        case .fetch(let run, let file, let offset, let most):
            message.command_case = OXBOW__V1__OPERATOR_COMMAND__COMMAND_FETCH
            message.fetch = arena.new(oxbow__v1__fetch_command__init) {
                $0.run = arena.text(run)
                $0.offset = offset
                $0.most_bytes = most
                $0.file = arena.text(file)
            }
        }
    }

    private static func value(_ message: Oxbow__V1__OperatorCommand) throws(WireError) -> OperatorCommand {
        switch message.command_case {
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_HELLO: return .hello
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_SUBMIT: return .submit(Submission(try part(message.submit, subject)))
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_LIST: return .list
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_STATUS: return .status
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_LOGS:
            let logs = try part(message.logs, subject)
            return .logs(run: String(cString: logs.run), offset: logs.offset, mostBytes: logs.most_bytes)
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_STOP:
            let stop = try part(message.stop, subject)
            return .stop(run: String(cString: stop.run), reason: String(cString: stop.reason))
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_FILES:
            return .files(run: String(cString: try part(message.files, subject).run))
        case OXBOW__V1__OPERATOR_COMMAND__COMMAND_FETCH:
            let fetch = try part(message.fetch, subject)
            return .fetch(
                run: String(cString: fetch.run), file: String(cString: fetch.file), offset: fetch.offset,
                mostBytes: fetch.most_bytes)
        default: throw .malformed(subject, "its kind is missing")
        }
    }

    private static func check(_ command: OperatorCommand) throws(WireError) {
        let rules = WireRules(subject: subject)
        switch command {
        case .hello, .list, .status: break
        case .submit(let submission):
            try rules.text("name", submission.name, WireLimits.runNameBytes)
            try rules.text("experiment", submission.experiment, WireLimits.experimentBytes)
        case .logs(let run, _, let most):
            try rules.text("run", run, WireLimits.runNameBytes)
            try rules.limit("size of a part", Int(most), WireLimits.operatorPartBytes)
        case .stop(let run, _), .files(let run): try rules.text("run", run, WireLimits.runNameBytes)
        case .fetch(let run, let file, _, let most):
            try rules.text("run", run, WireLimits.runNameBytes)
            try rules.text("file", file, WireLimits.runFileBytes)
            try rules.limit("size of a part", Int(most), WireLimits.operatorPartBytes)
        }
    }
}

extension WireArena {
    fileprivate func submission(_ submission: Submission) -> UnsafeMutablePointer<Oxbow__V1__SubmitCommand> {
        new(oxbow__v1__submit_command__init) {
            $0.run_name = text(submission.name)
            $0.image_height = submission.imageHeight
            $0.image_width = submission.imageWidth
            $0.image_channels = submission.imageChannels
            $0.classes = submission.classes
            $0.experiment = text(submission.experiment)
        }
    }
}

extension Submission {
    fileprivate init(_ submit: Oxbow__V1__SubmitCommand) {
        self.init(
            name: String(cString: submit.run_name), imageHeight: submit.image_height, imageWidth: submit.image_width,
            imageChannels: submit.image_channels, classes: submit.classes, experiment: String(cString: submit.experiment))
    }
}
