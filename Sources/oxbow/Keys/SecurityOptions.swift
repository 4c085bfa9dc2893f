import ArgumentParser
import OxbowRuntime

/// Whether connections are encrypted: over TCP they are unless that was said otherwise.
struct SecurityOptions: ParsableArguments {
    @Flag(help: "Plain TCP, on loopback: no keys, no encryption; whoever reaches the broker may take part.")
    var insecure = false

    @Flag(help: "With --insecure: across a network too, which everybody on the way can read and alter.")
    var insecureAnywhere = false

    /// - Throws: `Failure` in band usage for what is no endpoint, or may not be without encryption.
    func isEncrypted(_ endpoint: String) throws -> Bool {
        let isLocal = try Endpoint.isLocal(endpoint)
        guard insecure || !insecureAnywhere else {
            throw Failure(.usage, "Unable to use --insecure-anywhere alone: it says where --insecure may be used. Say both.")
        }
        guard endpoint.hasPrefix("tcp://") else { return false }
        guard isLocal || !insecure || insecureAnywhere else {
            throw Failure(
                .usage,
                "Unable to use '\(endpoint)' with --insecure: that is for loopback. Leave it out, or say --insecure-anywhere too "
                    + "if everybody on the way may read and alter what is sent.")
        }
        return !insecure
    }
}

extension Failure {
    /// Why no connection can be made.
    /// - Parameter verb: "join", "steer".
    init(_ refusal: HandshakeRefusal, _ verb: String, _ endpoint: String) {
        let why =
            switch refusal.fault {
            case .unknownKey:
                "the broker does not know this key, or it was revoked. "
                    + (verb == "steer"
                        ? "Use --key with a copy of operator.key from the state folder of this broker."
                        : "Enrol it: 'oxbow keys new' at the broker makes a join token, for a worker with a new --state.")
            case .otherBroker:
                "what answers there is not the broker that this key is for. Check --connect, and that the broker's state folder "
                    + "is the one it had."
            case .brokerIsPlain:
                "the broker there is not encrypted. Start it without --insecure, or say --insecure here too."
            case .brokerIsEncrypted: "the broker there is encrypted. Leave --insecure out."
            }
        self.init(.peer, "Unable to \(verb) '\(endpoint)': \(why)")
    }

    /// What the broker said of a worker that wants to enrol.
    init(_ refusal: EnrolmentRefusal, _ endpoint: String) {
        let remedy =
            switch refusal.code {
            case .spent: " 'oxbow keys new' at the broker makes another."
            case .notAllowed: " Use what it is for, or another token."
            case .failed: " See the broker's log."
            case .done, .nameTaken: ""
            }
        self.init(.peer, "Unable to enrol at '\(endpoint)': \(refusal).\(remedy)")
    }
}
