import Foundation
import ZeroMQ

/// A token in a file of its owner's alone.
public enum TokenFile {
    /// - Throws: `RuntimeError` for a file that is missing, readable by others, or no token of this kind.
    public static func read(_ path: String, _ kind: KeyToken.Kind) throws -> KeyToken {
        do {
            return try KeyToken(try PrivateFile.read(path), kind)
        } catch let fault as PrivateFile.Unfit {
            throw unfit(path, kind, fault.reason, fault.isOpen ? "Make it yours alone: chmod 600 '\(path)'." : nil)
        } catch let fault as KeyToken.Fault {
            throw unfit(path, kind, fault.description, nil)
        }
    }

    /// - Throws: `RuntimeError`.
    public static func write(_ token: KeyToken, to path: String) throws {
        do throws(DiskFailure) {
            try PrivateFile.write(token.text + "\n", to: path)
        } catch {
            throw RuntimeError.output("write", path, error.reason)
        }
    }

    private static func unfit(_ path: String, _ kind: KeyToken.Kind, _ reason: String, _ remedy: String?) -> RuntimeError {
        let (what, usual) =
            switch kind {
            case .join: ("join token", "Make one with 'oxbow keys new --out FILE' at the broker.")
            case .operator: ("operators' key", "Copy operator.key from the broker's state folder, readable by you alone.")
            }
        return RuntimeError(.key, "Unable to use '\(path)' as \(what): \(reason). \(remedy ?? usual)")
    }
}
