import OxbowRuntime
import ZeroMQ

/// Keys of a fleet whose processes are all started from here: made anew each time, and handed over in files of a private folder.
struct FleetKeys {
    private let path: String
    private let folder: KeyFolder
    let broker: CurveKey

    init(in place: PrivateFolder) throws {
        path = place.path
        folder = try KeyFolder(path + "/keys")
        broker = try folder.brokerKey().publicKey
    }

    var brokerArguments: [String] { ["--keys", folder.path] }

    /// A key that the broker knows, for this member.
    func add(_ name: String, role: KeyRole, tier: String) throws -> WorkerKeyFile {
        let key = WorkerKeyFile(KeyPair(), broker: broker, name: name)
        try folder.write(
            WorkerEntry(publicKey: key.publicKey, name: name, role: role, tier: tier, enrolled: KeyFolderOptions.now))
        return key
    }

    /// As above, in a file.
    func arguments(_ name: String, role: KeyRole, tier: String) throws -> [String] {
        let file = "\(path)/\(name).key"
        try add(name, role: role, tier: tier).write(file)
        return ["--key-file", file]
    }
}
