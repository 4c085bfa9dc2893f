import Crypto
import Foundation

/// The secret that readers of a broker's pages must show: in a header, once in an address, and from then on in a cookie.
public struct WebToken: Sendable {
    /// Shorter ones could be guessed.
    static let fewestCharacters = 16
    static let mostCharacters = 256

    /// Of this process: what is compared is not the secret itself, and takes the same time wherever it differs.
    private let key = SymmetricKey(size: .bits256)
    private let expected: [UInt8]
    private let expectedCookie: [UInt8]
    /// Proves that its bearer has shown the token, to this broker and the next one that has the same.
    let cookie: String
    /// Brokers on one host have cookies of their own.
    let cookieName: String

    /// - Throws: `WebError` unless it is 16 to 256 printable ASCII characters without blanks.
    public init(_ token: String) throws(WebError) {
        guard (Self.fewestCharacters...Self.mostCharacters).contains(token.utf8.count),
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw WebError(
                .token, "it must have \(Self.fewestCharacters) to \(Self.mostCharacters) printable characters, without blanks")
        }
        let secret = SymmetricKey(data: SHA256.hash(data: Data(token.utf8)))
        cookie = Self.hex(HMAC<SHA256>.authenticationCode(for: Data("oxbow page 1".utf8), using: secret))
        cookieName =
            "oxbow-" + Self.hex(HMAC<SHA256>.authenticationCode(for: Data("oxbow cookie 1".utf8), using: secret)).prefix(8)
        expected = Array(HMAC<SHA256>.authenticationCode(for: Data(token.utf8), using: key))
        expectedCookie = Array(HMAC<SHA256>.authenticationCode(for: Data(cookie.utf8), using: key))
    }

    /// The first line of a file that its owner alone may read.
    public init(file path: String) throws(WebError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw WebError(.token, errno == ENOENT ? "there is no such file" : String(cString: strerror(errno)), subject: path)
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw WebError(.token, "it is not a regular file", subject: path)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw WebError(.token, "others may read it", subject: path)
        }
        let content = (try? file.read(upToCount: 1024)).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
        do {
            try self.init(content.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw WebError(.token, error.reason, subject: path)
        }
    }

    func isRight(token: String) -> Bool { isRight(token, expected) }
    func isRight(cookie: String) -> Bool { isRight(cookie, expectedCookie) }

    private func isRight(_ text: String, _ expected: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(expected, authenticating: Data(text.utf8), using: key)
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

/// Why a broker's pages cannot be served, as one sentence with its remedy.
public struct WebError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// An address that is none, or that is not to be used like that.
        case address
        case token
        /// It cannot be listened there.
        case network
    }

    public let kind: Kind
    let reason: String
    private let subject: String

    init(_ kind: Kind, _ reason: String, subject: String = "") {
        (self.kind, self.reason, self.subject) = (kind, reason, subject)
    }

    public var description: String {
        switch kind {
        case .address:
            "Unable to use --http '\(subject)': \(reason)."
        case .token:
            "Unable to use '\(subject)' as token: \(reason). "
                + "Make one: (umask 077; head -c 24 /dev/urandom | base64 > FILE)."
        case .network:
            "Unable to serve HTTP at '\(subject)': \(reason). Choose another --http, or stop what listens there."
        }
    }
}
