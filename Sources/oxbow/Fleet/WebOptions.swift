import ArgumentParser
import Foundation
import Logging
import OxbowProtocol
import OxbowRuntime
import OxbowWeb

/// A broker's pages over HTTP (docs/web.md).
struct WebOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Serve /healthz, /readyz, /metrics and a live page; port * picks a free one.", valueName: "host:port"))
    var http: String?

    @Option(help: ArgumentHelp("Who reads them must show the token in this file.", valueName: "file"), completion: .file())
    var httpToken: String?

    @Flag(help: "Everybody who reaches --http may read it.") var httpOpen = false

    /// Checks what was asked for, and reads the token; nil: nothing was.
    /// - Throws: `WebError` or `Failure` for what cannot be served like that.
    func request() throws -> Request? {
        guard let http else {
            guard httpToken == nil, !httpOpen else {
                throw Failure(.usage, "Unable to use --http-token or --http-open: nothing is served without --http HOST:PORT.")
            }
            return nil
        }
        let address = try WebAddress(http)
        let token = try httpToken.map { try WebToken(file: $0) }
        try address.check(hasToken: token != nil, isOpen: httpOpen)
        return Request(address: address, token: token, isOpen: httpOpen)
    }

    struct Request {
        var address: WebAddress
        var token: WebToken?
        var isOpen: Bool

        /// - Parameter store: the runs whose pictures are shown.
        func server(_ endpoint: String, store: RunStore?, logger: Logger) -> WebServer {
            WebServer(
                address, token: token, isOpen: isOpen, release: Release.version, endpoint: endpoint,
                files: store.map(WebServer.Files.init), logger: logger)
        }
    }
}

extension WebServer.Files {
    /// A picture is a few hundred kilobytes.
    private static let mostBytes = 16 << 20

    init(_ store: RunStore) {
        self.init(
            grids: { run in RunArtifacts(folder: store.folder(run)).pictures },
            read: { run, file in
                let part = try? store.read("samples/\(file)", of: run, offset: 0, most: Self.mostBytes)
                return part.flatMap { $0.totalBytes == UInt64($0.bytes.count) ? $0.bytes : nil }
            })
    }
}

/// Hands a broker's notes to its page, in words.
final class PageTeller {
    private let server: WebServer
    private let teller = NoteTeller()

    init(_ server: WebServer) { self.server = server }

    func note(_ note: BrokerNote) {
        server.note(note, sentence: teller.sentence(note), at: Date().timeIntervalSince1970)
    }

    /// What an earlier process of this broker wrote of the run that goes on.
    func recall(_ log: String) {
        let lines = BrokerLine.lines(ofFile: log)
        server.recall(lines.compactMap { line in line.note.map { ($0, teller.sentence($0), line.time) } })
    }
}
