import HTTPTypes
import Hummingbird
import NIOCore

/// Who may read, and what every answer says to browsers.
struct WebAccess: RouterMiddleware {
    typealias Context = WebContext

    let token: WebToken?
    /// Without a token on loopback: pages of others, which a browser on this machine opened, must not read it under a name of
    /// their own.
    let isLocalOnly: Bool
    let policy: String
    let metrics: BrokerMetrics

    /// For those who watch whether the broker lives: they tell nothing else.
    private static let open: Set<String> = ["/healthz", "/readyz"]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if let refusal = refusal(request) {
                response = refusal
            } else {
                response = try await next(request, context)
            }
        } catch let error as any HTTPResponseError {
            response = Response.text("\(error.status)\n", error.status)
        }
        for (name, value) in headers where response.headers[name] == nil { response.headers[name] = value }
        metrics.answered(response.status.code)
        return response
    }

    private var headers: [(HTTPField.Name, String)] {
        [
            (.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"), (.cacheControl, "no-store"),
            (HTTPField.Name("Referrer-Policy")!, "no-referrer"), (HTTPField.Name("X-Frame-Options")!, "DENY"),
        ]
    }

    /// nil: it may be answered.
    private func refusal(_ request: Request) -> Response? {
        guard request.method == .get || request.method == .head else {
            var response = Response.text("only GET\n", .methodNotAllowed)
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        if Self.open.contains(request.uri.path) { return nil }
        guard let token else {
            let host = request.head.authority.map(WebAddress.host(ofAuthority:)) ?? ""
            guard isLocalOnly, !WebAddress.isLoopback(host) else { return nil }
            return Response.text("this broker answers under names of this machine only\n", .misdirectedRequest)
        }
        if let shown = request.uri.queryParameters["token"] {
            return token.isRight(token: String(shown)) ? entrance(request, token) : unauthorized()
        }
        if let header = request.headers[.authorization], let bearer = Self.bearer(header), token.isRight(token: bearer) {
            return nil
        }
        if let cookie = request.cookies[token.cookieName]?.value, token.isRight(cookie: cookie) { return nil }
        return unauthorized()
    }

    static func bearer(_ header: String) -> String? {
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// The same page without the token in its address, which histories and logs would keep.
    private func entrance(_ request: Request, _ token: WebToken) -> Response {
        // Only a path of this server: "//elsewhere" would be another's.
        let path = "/" + request.uri.path.drop { $0 == "/" || $0 == "\\" }
        var response = Response(status: .seeOther, headers: [.location: path])
        response.headers[.setCookie] = "\(token.cookieName)=\(token.cookie); Path=/; HttpOnly; SameSite=Strict"
        return response
    }

    private func unauthorized() -> Response {
        var response = Response.html(LoginPage.html, .unauthorized)
        response.headers[.wwwAuthenticate] = "Bearer"
        return response
    }
}

extension Response {
    static func text(_ text: String, _ status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8") -> Response
    {
        Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static func html(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        .text(text, status, type: "text/html; charset=utf-8")
    }

    static func json(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// A request and its connection.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
