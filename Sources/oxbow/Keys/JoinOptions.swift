import ArgumentParser
import Foundation
import OxbowProtocol
import OxbowRuntime
import ZeroMQ

/// How a worker comes to a key that its broker knows.
struct JoinOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A join token of the broker ('oxbow keys new' there), or @FILE with one; else the file that $OXBOW_JOIN_FILE names. "
                + "A worker whose --state holds a key that is enrolled ignores it.", valueName: "token|@file"))
    var join: String?

    /// A worker's key file, enrolled by whoever starts this process.
    @Option(help: .hidden) var keyFile: String?

    /// - Returns: nil if no token was named.
    /// - Throws: `RuntimeError` or `Failure` for what is no token.
    func token() throws -> KeyToken? {
        let environment = ProcessInfo.processInfo.environment["OXBOW_JOIN_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        guard let said = join ?? environment.map({ "@" + $0 }) else { return nil }
        if said.hasPrefix("@") { return try TokenFile.read(String(said.dropFirst()), .join) }
        do {
            return try KeyToken(said, .join)
        } catch {
            throw Failure(.usage, "Unable to use what --join says: \(error). Copy the whole line that 'oxbow keys new' printed.")
        }
    }
}

/// As what a worker takes part: its name and slot by its enrolment, and what it connects with.
struct Enrolment {
    var name: String
    /// Of an edge with a key.
    var slot: UInt32?
    var security = SocketOptions.Security.none
}

/// Finds a worker's key, makes it, and has it enrolled.
struct Enroller {
    let endpoint: String
    let options: JoinOptions
    let stop: StopRequest
    /// The worker's state folder.
    let state: String?

    /// - Parameters:
    ///   - said: the name by --id, which a kept key must be enrolled under.
    ///   - request: what is asked for if there is no key that is enrolled; `workerID` is the name then.
    /// - Returns: nil if a stop was requested meanwhile.
    /// - Throws: `Failure`, `RuntimeError`.
    func enrol(said: String?, _ request: () throws -> EnrolmentRequest) throws -> Enrolment? {
        let file = options.keyFile ?? state.map(WorkerKeyFile.path(inState:))
        var key = try file.flatMap { try WorkerKeyFile(file: $0) }
        let token = try options.token()
        // A key that no broker let in is nobody's.
        if let made = key, made.name == nil, let token, made.broker != token.broker { key = nil }
        if let key, let token, key.broker != token.broker {
            throw Failure(
                .state,
                "Unable to join '\(endpoint)': the key in '\(file ?? "")' is for another broker than the token. Use another "
                    + "--state, or remove the file to begin anew.")
        }
        if let key, let name = key.name { return try enrolled(key, name, said) }
        guard let broker = key?.broker ?? token?.broker else {
            throw Failure(
                .usage,
                "Unable to join '\(endpoint)': this worker has no key. Say --join TOKEN ('oxbow keys new' at the broker makes one), "
                    + "or --insecure on both sides on loopback.")
        }
        let pair = key.map { KeyPair(secretKey: $0.secretKey) } ?? KeyPair()
        var made = key ?? WorkerKeyFile(pair, broker: broker)
        // Before the broker hears of it: an answer that is lost does not cost another use of the token.
        if key == nil, let file {
            try OutputFolder.make(URL(fileURLWithPath: file).deletingLastPathComponent().path)
            try made.write(file)
        }
        var request = try request()
        request.publicKey = made.publicKey.bytes
        guard let reply = try ask(token?.security ?? made.security, request) else { return nil }
        (made.name, made.slot) = (reply.workerID, reply.slot)
        if let file { try made.write(file) }
        key = made
        return try enrolled(made, reply.workerID, said)
    }

    private func ask(_ security: SocketOptions.Security, _ request: EnrolmentRequest) throws -> EnrolmentReply? {
        do {
            return try EnrolmentClient(connect: endpoint, security, stop: stop).enrol(request)
        } catch let refusal as EnrolmentRefusal {
            throw Failure(refusal, endpoint)
        } catch let refusal as HandshakeRefusal {
            throw Failure(refusal, "join", endpoint)
        }
    }

    private func enrolled(_ key: WorkerKeyFile, _ name: String, _ said: String?) throws -> Enrolment {
        guard said == nil || said == name else {
            throw Failure(
                .usage,
                "Unable to join '\(endpoint)' as '\(said ?? "")': this worker's key is enrolled as '\(name)'. Leave --id out, or "
                    + "use another --state.")
        }
        return Enrolment(name: name, slot: key.slot, security: key.security)
    }
}
