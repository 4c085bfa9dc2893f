import Crypto
import Foundation
import OxbowProtocol
import OxbowWire

/// The secret of those who steer a fleet: 32 random bytes, in a file of 64 hex digits that only its owner may read.
public struct OperatorKey: Sendable {
    private let key: SymmetricKey

    static let byteCount = 32

    /// A new key.
    public init() { key = SymmetricKey(size: .bits256) }

    /// - Throws: `RuntimeError` for a file that is missing, readable by others, or no key.
    public init(file path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Self.unfit(path, errno == ENOENT ? "there is no such file" : String(cString: strerror(errno)))
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Self.unfit(path, "it is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Self.unfit(path, "others may read it", remedy: "Make it yours alone: chmod 600 '\(path)'.")
        }
        let content = try? file.read(upToCount: 1024)
        let text = content.flatMap { String(validating: $0, as: UTF8.self) } ?? ""
        guard let bytes = Self.bytes(hex: text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Self.unfit(path, "it does not hold 64 hex digits")
        }
        key = SymmetricKey(data: bytes)
    }

    /// The key in the file, or a new one that is written to it.
    /// - Throws: `RuntimeError` as above, or if the file cannot be made.
    public init(madeAt path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            try self.init(file: path)
            return
        }
        self.init()
        try write(path)
    }

    /// In a temporary file first: a key is there as a whole or not at all.
    private func write(_ path: String) throws {
        let temporary = "\(path).\(UInt64.random(in: 0...UInt64.max)).tmp"
        defer { unlink(temporary) }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RuntimeError.output("write", path, String(cString: strerror(errno))) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data((hex + "\n").utf8))
            try file.synchronize()
        } catch {
            throw RuntimeError.output("write", path, error.localizedDescription)
        }
        guard rename(temporary, path) == 0 else { throw RuntimeError.output("write", path, String(cString: strerror(errno))) }
    }

    private var hex: String {
        key.withUnsafeBytes { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 * byteCount else { return nil }
        let values = digits.compactMap { $0.map(UInt8.init) }
        guard values.count == digits.count else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func unfit(_ path: String, _ reason: String, remedy: String? = nil) -> RuntimeError {
        let usual = "Copy operator.key from the broker's state folder, readable by you alone."
        return RuntimeError(.key, "Unable to use '\(path)' as operators' key: \(reason). \(remedy ?? usual)")
    }
}

extension OperatorKey {
    /// Two parts of one length each, and a name that nothing else is signed under: no other message means the same.
    private static let purpose = Array("oxbow operator 1".utf8)

    /// 32 bytes: the proof that this command, for this challenge, comes from who has the key.
    func mac(challenge: [UInt8], command: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Self.purpose + challenge + command, using: key))
    }

    /// In a time that does not depend on where the proof is wrong.
    func isRight(_ request: OperatorRequest) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            request.mac, authenticating: Self.purpose + request.challenge + request.command, using: key)
    }

    /// The request for a command; `challenge` is the broker's last.
    public func request(_ command: OperatorCommand, challenge: [UInt8]) throws(WireError) -> OperatorRequest {
        let bytes = try OperatorCodec.encode(command)
        return OperatorRequest(challenge: challenge, mac: mac(challenge: challenge, command: bytes), command: bytes)
    }
}
