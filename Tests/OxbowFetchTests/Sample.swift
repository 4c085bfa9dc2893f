import Crypto
import Foundation
import OxbowData
import OxbowFetch
import OxbowTestSupport
import Synchronization

/// A small public data set of a test's own, the folder it is fetched into, and what the fetch told.
final class Sample: Sendable {
    let data: String
    let dataSet: DataSet
    /// By published name.
    let contents: [String: [UInt8]]
    private let told = Mutex<[String]>([])
    private let waited = Mutex<[Duration]>([])

    init() throws {
        data = FileManager.default.temporaryDirectory.path + "/oxbow-fetch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        var contents: [String: [UInt8]] = [:]
        var facts: [(bytes: Int, checksum: String)] = []
        for (name, count) in zip(DataSet.names, [400, 400, 50, 50]) {
            let isImages = name.published.contains("images")
            let array = IDXArray(
                dimensions: isImages ? [count, 8, 8] : [count],
                bytes: (0..<(isImages ? count * 64 : count)).map { isImages ? UInt8.random(in: 0...255) : UInt8($0 % 10) })
            let path = data + "/made.gz"
            try array.write(path)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            try FileManager.default.removeItem(atPath: path)
            contents[name.published] = bytes
            facts.append((bytes.count, Self.sha256(bytes)))
        }
        self.contents = contents
        dataSet = DataSet(name: "sample", source: "http://sample.invalid", licence: "none", files: DataSet.files(facts))
    }

    deinit { try? FileManager.default.removeItem(atPath: data) }

    static func sha256(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined() }

    var folder: String { data + "/sample" }
    /// The training images: the first file that is asked for, and the longest.
    var first: DataSet.File { dataSet.files[0] }
    var firstContent: [UInt8] { contents[first.published]! }
    var part: String { "\(folder)/\(first.local).part" }

    /// Names in the domain's folder, sorted.
    var left: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }
    /// What `left` is after a fetch that succeeded.
    var all: [String] { dataSet.files.map(\.local).sorted() }
    /// Pauses in seconds.
    var pauses: [Int64] { waited.withLock { $0.map(\.components.seconds) } }
    var events: [String] { told.withLock { $0 } }

    func lay(_ bytes: [UInt8], _ name: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }

    func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }

    /// A server of the right files that answers the first requests for the first file as told: nil is as it should be.
    func server(_ answers: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Reply?) -> LoopbackServer {
        let (contents, first) = (contents, first.published)
        let asked = Counter()
        return LoopbackServer { request, _ in
            guard let content = contents[request.file] else { return .init("404 Not Found", ["Content-Length: 0"]) }
            guard request.file == first else { return .rest(content, request) }
            return answers(request, asked.next()) ?? .rest(content, request)
        }
    }

    /// 0, 1, 2, ...
    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }

    @discardableResult func fetch(
        from server: LoopbackServer, replaces: Bool = false, idle_seconds: Int = 10, attempts: Int = 5
    ) throws(FetchError) -> [DataSet.File] {
        try fetch(mirror: server.address, replaces: replaces, idle_seconds: idle_seconds, attempts: attempts)
    }

    @discardableResult func fetch(
        mirror: String, replaces: Bool = false, idle_seconds: Int = 10, attempts: Int = 5
    ) throws(FetchError) -> [DataSet.File] {
        var patience = Patience()
        patience.idle_seconds = idle_seconds
        patience.attempts = attempts
        // No test sleeps.
        patience.wait = { [self] pause in waited.withLock { $0.append(pause) } }
        let fetch = try Fetch(dataSet, into: data, mirror: mirror, replaces: replaces, patience: patience)
        return try fetch.run { [self] event in
            let name = String("\(event)".prefix { $0 != "(" })
            told.withLock { if name != "received" { $0.append(name) } }
        }
    }
}
