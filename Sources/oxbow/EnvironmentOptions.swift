/// Options that may be said by the environment, for containers and services: what the command line says goes before
/// (docs/deploy.md has the same table).
enum EnvironmentOptions {
    private struct Variable {
        enum Form {
            /// `--option VALUE`.
            case value
            /// `--option` for each part between commas.
            case list
            /// `--option`, if the value is 1.
            case flag
        }

        var name: String
        var option: String
        var form = Form.value
        /// Options that say the same in another way.
        var alternatives: [String] = []
    }

    private static let security = [
        Variable(name: "OXBOW_INSECURE", option: "--insecure", form: .flag),
        Variable(name: "OXBOW_INSECURE_ANYWHERE", option: "--insecure-anywhere", form: .flag),
    ]

    private static let connect = Variable(name: "OXBOW_CONNECT", option: "--connect")

    /// Of processes of a fleet.
    private static let common =
        security + [
            Variable(name: "OXBOW_LOG_FORMAT", option: "--log-format"),
            Variable(name: "OXBOW_LOG_LEVEL", option: "--log-level"),
        ]

    private static let broker =
        common + [
            Variable(name: "OXBOW_BIND", option: "--bind"),
            Variable(name: "OXBOW_STATE", option: "--state"),
            Variable(name: "OXBOW_RETAIN", option: "--retain"),
            Variable(name: "OXBOW_RETAIN_TRACES", option: "--retain-traces"),
            Variable(name: "OXBOW_WITH_CORE", option: "--with-core", form: .flag),
            Variable(name: "OXBOW_LARGEST_MESSAGE", option: "--largest-message"),
            Variable(name: "OXBOW_TRACE", option: "--trace"),
            Variable(name: "OXBOW_TRACE_LIMIT", option: "--trace-limit"),
            Variable(name: "OXBOW_HTTP", option: "--http"),
            Variable(name: "OXBOW_HTTP_TOKEN_FILE", option: "--http-token"),
        ]

    private static let worker =
        common + [
            connect,
            Variable(name: "OXBOW_ROLE", option: "--role"),
            Variable(name: "OXBOW_TIER", option: "--tier"),
            Variable(name: "OXBOW_TAGS", option: "--tag", form: .list),
            Variable(name: "OXBOW_DOMAIN", option: "--domain"),
            Variable(name: "OXBOW_SHARD", option: "--shard"),
            Variable(name: "OXBOW_SHARDS", option: "--shards"),
            Variable(name: "OXBOW_STATE", option: "--state", alternatives: ["--state-pool"]),
            Variable(name: "OXBOW_STATE_POOL", option: "--state-pool", alternatives: ["--state"]),
            Variable(name: "OXBOW_RETAIN_STATES", option: "--retain-states"),
            Variable(name: "OXBOW_HEALTH_FILE", option: "--health-file"),
            Variable(name: "OXBOW_LANES", option: "--lanes"),
            Variable(name: "OXBOW_EMULATE", option: "--emulate"),
        ]

    private static let operators = [connect] + security

    private static func variables(of command: String) -> [Variable] {
        switch command {
        case "broker": broker
        case "worker": worker
        case "submit", "ls", "status", "logs", "stop", "fetch": operators
        default: []
        }
    }

    /// The arguments, with those that only the environment says. An empty variable says nothing.
    static func adding(_ environment: [String: String], to arguments: [String]) -> [String] {
        // The processes of a local run are told everything by their supervisor.
        guard let command = arguments.first, !arguments.contains("--supervised") else { return arguments }
        let added = variables(of: command).flatMap { variable -> [String] in
            guard let value = environment[variable.name], !value.isEmpty else { return [] }
            let isSaid = ([variable.option] + variable.alternatives).contains { option in
                arguments.contains { $0 == option || $0.hasPrefix(option + "=") }
            }
            return isSaid ? [] : words(variable, value)
        }
        return [command] + added + arguments.dropFirst()
    }

    private static func words(_ variable: Variable, _ value: String) -> [String] {
        switch variable.form {
        case .value: ["\(variable.option)=\(value)"]
        case .list: value.split(separator: ",").map { "\(variable.option)=\($0)" }
        case .flag: value == "1" ? [variable.option] : []
        }
    }
}
