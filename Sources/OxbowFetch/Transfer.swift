import CCurl
import Foundation

/// One GET of what a part lacks.
///
/// libcurl, since it hands over bytes as they come and unpacks nothing; Foundation's URLSession traps on some heads that a
/// server may send (a Content-Length of 2^63 - 1 is one).
final class Transfer {
    enum Outcome {
        /// The server has sent all that it has.
        case complete
        /// The server does not go on from where the part ends.
        case rangeRefused
        /// It may go better the next time.
        case broken(String)
        case unreachable(String)
        case failed(FetchError)
    }

    private let url: String
    private let part: PartFile
    private let limit_bytes: Int
    private let received: (Int) -> Void
    private var head = ResponseHead()
    private var hasBegun = false
    private var outcome: Outcome?

    /// - Parameters:
    ///   - limit_bytes: the published size; the part never gets longer.
    ///   - received: told how much the part has.
    init(_ url: String, into part: PartFile, limit_bytes: Int, received: @escaping (Int) -> Void) {
        self.url = url
        self.part = part
        self.limit_bytes = limit_bytes
        self.received = received
    }

    /// Blocks until the body has ended, or the connection, or the server is silent for `patience.idle_seconds`.
    func run(_ patience: Patience) -> Outcome {
        _ = Self.library
        guard let handle = curl_easy_init() else { fatalError("curl_easy_init: out of memory") }
        defer { curl_easy_cleanup(handle) }
        var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let code = perform(handle, patience, &reason)
        if let outcome { return outcome }
        guard code == CURLE_OK else { return failure(code, reason) }
        // An empty body has not called anybody.
        if !hasBegun, !begin() { return outcome ?? .broken("the server's answer makes no sense") }
        if part.count < limit_bytes && !head.endsItself { return .broken(missing) }
        return .complete
    }

    /// libcurl asks to be set up once, before any thread uses it.
    static let library: Void = {
        let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        precondition(code == CURLE_OK, "curl_global_init: \(String(cString: curl_easy_strerror(code)))")
    }()

    private var missing: String { "the connection ended \(limit_bytes - part.count) bytes early" }

    private func perform(_ handle: UnsafeMutableRawPointer, _ patience: Patience, _ reason: inout [CChar]) -> CURLcode {
        var request = oxbow_curl_request()
        request.connect_seconds = patience.connect_seconds
        request.idle_seconds = patience.idle_seconds
        // The transfer outlives the call below, and with it all that is pointed at.
        request.context = Unmanaged.passUnretained(self).toOpaque()
        request.head = { bytes, count, context in
            Transfer.from(context).takeHead(UnsafeRawBufferPointer(start: bytes, count: count))
            return 1
        }
        request.body = { bytes, count, context in
            Transfer.from(context).takeBody(UnsafeRawBufferPointer(start: bytes, count: count)) ? 1 : 0
        }
        let range = part.count > 0 ? "\(part.count)-" : nil
        return url.withCString { address in
            request.url = address
            guard let range else { return oxbow_curl_get(handle, &request, &reason) }
            return range.withCString {
                request.range = $0
                return oxbow_curl_get(handle, &request, &reason)
            }
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl lost its context") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func takeHead(_ bytes: UnsafeRawBufferPointer) { head.take(String(decoding: bytes, as: UTF8.self)) }

    /// False ends the transfer; `outcome` says why.
    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if !hasBegun, !begin() { return false }
        guard bytes.count <= limit_bytes - part.count else { return end(.failed(tooLong)) }
        do throws(FetchError) { try part.append(bytes) } catch { return end(.failed(error)) }
        received(part.count)
        return true
    }

    /// Judges the head; true if what follows belongs at the part's end.
    private func begin() -> Bool {
        hasBegun = true
        let held = part.count
        switch head.status {
        case 200:
            if held > 0 {
                do throws(FetchError) { try part.restart() } catch { return end(.failed(error)) }
            }
        case 206 where held > 0:
            guard head.rangeStart == held else { return end(.rangeRefused) }
        case 416 where held > 0: return end(.rangeRefused)
        case 408, 429, 500...599: return end(.broken("the server answered \(head.status)"))
        default: return end(.failed(refused))
        }
        guard (head.length_bytes ?? 0) <= limit_bytes - part.count else { return end(.failed(tooLong)) }
        return true
    }

    private func end(_ outcome: Outcome) -> Bool {
        self.outcome = outcome
        return false
    }

    private func failure(_ code: CURLcode, _ detail: [CChar]) -> Outcome {
        let words = String(decoding: detail.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let reason = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_TOO_MANY_REDIRECTS:
            return .failed(FetchError(.status, url, reason, Self.otherMirror))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR,
            CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            return .unreachable(reason)
        case CURLE_PARTIAL_FILE: return .broken(missing)
        default: return .broken(reason)
        }
    }

    static let otherMirror = "Check the address, or name another server of the same files with --mirror."

    private var tooLong: FetchError {
        FetchError(.tooLong, url, "it is longer than the published \(limit_bytes) bytes", Self.otherMirror)
    }

    private var refused: FetchError {
        let meaning = [401: " (it asks for a password)", 403: " (forbidden)", 404: " (not found)", 410: " (gone)"]
        return FetchError(.status, url, "the server answered \(head.status)\(meaning[head.status] ?? "")", Self.otherMirror)
    }
}
