import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What is answered at which path.
struct WebRoutes: Sendable {
    let server: WebServer

    func router(_ access: WebAccess) -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: access)
        router.get("/") { _, _ in Response.html(LivePage.html) }
        router.get("/healthz") { _, _ in health(server.health.stuck) }
        router.get("/readyz") { _, _ in health(server.health.unready) }
        router.get("/metrics") { _, _ in metrics() }
        router.get("/api/status") { _, _ in Response.json(await server.statusJSON()) }
        router.get("/api/charts") { _, _ in Response.json(await server.chartsJSON()) }
        router.get("/events") { _, context in await events(context) }
        router.get("/runs/:run/samples/:file") { _, context in try await grid(context) }
        return router
    }

    private func health(_ problem: String?) -> Response {
        problem.map { Response.text("\($0)\n", .serviceUnavailable) } ?? Response.text("ok\n")
    }

    private func metrics() -> Response {
        server.metrics.ready(server.health.unready == nil)
        if let usage = ProcessReading() {
            server.metrics.process(residentBytes: usage.residentBytes, cpuSeconds: usage.cpuSeconds)
        }
        return Response.text(server.metrics.registry.text, type: PrometheusText.mediaType)
    }

    /// Server-sent events, until the reader goes, is too slow, or the broker ends.
    private func events(_ context: WebContext) async -> Response {
        let channel = context.channel
        guard let stream = await server.listen(close: { channel.close(promise: nil) }) else {
            return Response.text("too many read events already\n", .serviceUnavailable)
        }
        let hub = server.hub
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", HTTPField.Name("X-Accel-Buffering")!: "no"],
            body: ResponseBody { writer in
                defer { hub.forget(stream.number) }
                for await event in stream.events { try await writer.write(event) }
                try await writer.finish(nil)
            })
    }

    private func grid(_ context: WebContext) async throws -> Response {
        guard let run = context.parameters.get("run"), let file = context.parameters.get("file"), let files = server.files else {
            throw HTTPError(.notFound)
        }
        guard GridName.isValid(file) else { throw HTTPError(.notFound) }
        let bytes: [UInt8]? = await withCheckedContinuation { continuation in
            server.fileQueue.async { continuation.resume(returning: files.read(run, file)) }
        }
        guard let bytes else { throw HTTPError(.notFound) }
        return Response(
            status: .ok, headers: [.contentType: "image/png", .cacheControl: "private, max-age=3600"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Names of grids in a run's folder: `cluster-<k>-round-<NNN>.png` and nothing else.
enum GridName {
    static func isValid(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard name.utf8.count <= 64, name.hasSuffix(".png"), parts.count == 4, parts[0] == "cluster", parts[2] == "round" else {
            return false
        }
        return isNumber(parts[1]) && isNumber(parts[3].dropLast(4))
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// What the kernel says of this process.
private struct ProcessReading {
    var residentBytes: UInt64
    var cpuSeconds: Double

    init?() {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
        residentBytes = pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        cpuSeconds = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    }
}
