import Foundation

/// Why a data set could not be fetched, as one sentence with its remedy.
public struct FetchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, for code that must tell them apart.
    public enum Code: String, Hashable, Sendable {
        case unknownName, badMirror
        /// No answer: an unknown host, a refused connection, a certificate that is not trusted.
        case unreachable
        /// An answer without the file: not found, forbidden.
        case status
        /// The connection broke, or the server failed, as often as it was tried.
        case broken
        /// What came is not what is published.
        case wrongChecksum, tooLong
        /// Another file is where a fetched one should go.
        case occupied
        /// Another process fetches the same file.
        case busy
        case unwritable
    }

    public let code: Code
    /// The name, address or path that the fetch failed at.
    public let subject: String
    public let reason: String
    public let remedy: String

    public init(_ code: Code, _ subject: String, _ reason: String, _ remedy: String) {
        self.code = code
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "Unable to fetch '\(subject)': \(reason). \(remedy)" }
}

extension FetchError {
    /// A call of the operating system failed with this `errno`.
    static func unwritable(_ path: String, _ number: Int32) -> FetchError {
        guard number == ENOSPC || number == EDQUOT else {
            return unwritable(path, String(cString: strerror(number)))
        }
        let remedy = "Free some space or name another data folder with --data; what has come is kept."
        return FetchError(.unwritable, path, "the disk is full", remedy)
    }

    static func unwritable(_ path: String, _ reason: String) -> FetchError {
        FetchError(.unwritable, path, reason, "Name a data folder that this user may write with --data.")
    }
}
