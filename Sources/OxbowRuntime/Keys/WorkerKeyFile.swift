import Foundation
import ZeroMQ

/// A worker's key, whose broker it is for, and what it is enrolled as: `worker.key` in its state folder, for its owner alone.
public struct WorkerKeyFile: Codable, Hashable, Sendable {
    public var secretKey: CurveKey
    public var publicKey: CurveKey
    public var broker: CurveKey
    /// The name it is enrolled under; nil before.
    public var name: String?
    /// Its slot, for good; nil before it is enrolled, and of a core.
    public var slot: UInt32?

    /// A key that is not enrolled yet.
    public init(_ pair: KeyPair, broker: CurveKey, name: String? = nil, slot: UInt32? = nil) {
        (secretKey, publicKey, self.broker) = (pair.secretKey, pair.publicKey, broker)
        (self.name, self.slot) = (name, slot)
    }

    public static func path(inState folder: String) -> String { folder + "/worker.key" }

    /// nil: there is no such file.
    /// - Throws: `RuntimeError` for a file that is no key, or that others may read.
    public init?(file path: String) throws {
        do {
            let text = try PrivateFile.read(path)
            self = try Self.decoder.decode(Self.self, from: Data(text.utf8))
        } catch let fault as PrivateFile.Unfit {
            if fault.isMissing { return nil }
            let remedy = fault.isOpen ? "Make it yours alone: chmod 600 '\(path)'." : "Restore it, or enrol the worker anew."
            throw RuntimeError(.key, "Unable to use '\(path)' as this worker's key: \(fault.reason). \(remedy)")
        } catch {
            throw RuntimeError(
                .key,
                "Unable to use '\(path)' as this worker's key: its content is damaged. Restore it, or remove it and enrol anew.")
        }
    }

    /// - Throws: `RuntimeError`.
    public func write(_ path: String) throws {
        let text = String(decoding: try Self.encoder.encode(self), as: UTF8.self) + "\n"
        do throws(DiskFailure) {
            try PrivateFile.write(text, to: path)
        } catch {
            throw RuntimeError.output("write", path, error.reason)
        }
    }

    /// What the worker connects with.
    public var security: SocketOptions.Security { KeyPair(secretKey: secretKey).client(of: broker) }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
