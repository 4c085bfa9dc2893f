import CCurl
import Foundation

/// One GET of something small, past all proxies: whether a server is well.
public final class WebProbe {
    public enum Result: Hashable, Sendable {
        /// With the status and the beginning of the body.
        case answered(Int, String)
        /// No answer, and why.
        case silent(String)
    }

    private static let mostBytes = 1024

    private var head = ResponseHead()
    private var body: [UInt8] = []

    /// Blocks for `seconds` at most.
    public static func get(_ url: String, seconds: Int) -> Result { WebProbe().run(url, seconds) }

    private func run(_ url: String, _ seconds: Int) -> Result {
        _ = Transfer.library
        guard let handle = curl_easy_init() else { fatalError("curl_easy_init: out of memory") }
        defer { curl_easy_cleanup(handle) }
        var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        var request = oxbow_curl_request()
        (request.connect_seconds, request.idle_seconds, request.total_seconds) = (seconds, seconds, seconds)
        request.context = Unmanaged.passUnretained(self).toOpaque()
        request.head = { bytes, count, context in
            WebProbe.from(context).head.take(String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self))
            return 1
        }
        request.body = { bytes, count, context in
            WebProbe.from(context).take(UnsafeRawBufferPointer(start: bytes, count: count)) ? 1 : 0
        }
        let code = withExtendedLifetime(self) {
            url.withCString { address in
                "*".withCString { everybody in
                    (request.url, request.no_proxy) = (address, everybody)
                    return oxbow_curl_get(handle, &request, &reason)
                }
            }
        }
        // A body that is longer than is read was an answer too.
        guard code == CURLE_OK || (code == CURLE_WRITE_ERROR && body.count == Self.mostBytes) else {
            let words = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return .silent(words.isEmpty ? String(cString: curl_easy_strerror(code)) : words)
        }
        return .answered(head.status, String(decoding: body, as: UTF8.self))
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        body += bytes.prefix(Self.mostBytes - body.count)
        return body.count < Self.mostBytes
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> WebProbe {
        guard let context else { preconditionFailure("libcurl lost its context") }
        return Unmanaged<WebProbe>.fromOpaque(context).takeUnretainedValue()
    }
}
