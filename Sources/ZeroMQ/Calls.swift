import CZeroMQ
import Glibc

/// The outcome of one C call: every return code of libzmq goes through `call`.
enum CallResult {
    case value(Int32)
    /// EAGAIN: nothing was done; try again later.
    case wouldBlock
    /// EHOSTUNREACH: a ROUTER knows no such peer.
    case unreachable
    case failed(errno: Int32)
}

/// ETERM of zmq.h, a macro that Swift cannot import.
private let contextTerminated: Int32 = ZMQ_HAUSNUMERO + 53

/// Performs a C call that returns -1 and sets errno on failure; an interrupted call is made again.
func call(_ operation: StaticString, _ body: () -> Int32) -> CallResult {
    while true {
        let value = body()
        if value != -1 { return .value(value) }
        switch zmq_errno() {
        case EINTR: continue
        case EAGAIN: return .wouldBlock
        case EHOSTUNREACH: return .unreachable
        // A pointer that is no socket, or one used in a way its kind forbids: only our own code can do that. The
        // context outlives its sockets, so ETERM is our own mistake too.
        case let code where code == EFAULT || code == ENOTSOCK || code == EOPNOTSUPP || code == contextTerminated:
            fatalError("\(operation): \(message(of: code))")
        case let code: return .failed(errno: code)
        }
    }
}

/// A call that can only fail through a mistake of ours.
@discardableResult
func must(_ operation: StaticString, _ body: () -> Int32) -> Int32 {
    switch call(operation, body) {
    case .value(let value): return value
    case .wouldBlock: fatalError("\(operation): would block")
    case .unreachable: fatalError("\(operation): host unreachable")
    case .failed(let code): fatalError("\(operation): \(message(of: code))")
    }
}

/// A call that the world outside may refuse, for example `bind`.
@discardableResult
func attempt(_ operation: StaticString, on subject: String, _ body: () -> Int32) throws(ZeroMQError) -> Int32 {
    switch call(operation, body) {
    case .value(let value): return value
    case .wouldBlock: throw error(operation, subject, EAGAIN)
    case .unreachable: throw error(operation, subject, EHOSTUNREACH)
    case .failed(let code): throw error(operation, subject, code)
    }
}

func error(_ operation: StaticString, _ subject: String, _ code: Int32) -> ZeroMQError {
    let known: ZeroMQError.Code =
        switch code {
        case EADDRINUSE: .addressInUse
        case EADDRNOTAVAIL, ENODEV: .addressNotAvailable
        case EINVAL, EPROTONOSUPPORT, ENAMETOOLONG: .invalidEndpoint
        case EACCES, EPERM, EROFS: .notPermitted
        case EMFILE, ENFILE: .tooManySockets
        default: .other(code)
        }
    return ZeroMQError(code: known, operation: "\(operation)", subject: subject, reason: message(of: code))
}

func message(of code: Int32) -> String { String(cString: zmq_strerror(code)) }

/// The text of a C buffer up to its first NUL.
func text(of buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

extension Duration {
    /// Whole milliseconds, rounded up so that a short wait never becomes a busy loop.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        let part = attoseconds / 1_000_000_000_000_000 + (attoseconds % 1_000_000_000_000_000 > 0 ? 1 : 0)
        return max(0, Int(seconds) * 1000 + Int(part))
    }
}
