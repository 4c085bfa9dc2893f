import Foundation

/// Brings a public data set into a data folder.
///
/// Each file goes to a part beside its place; once all parts are whole and verified they are renamed into place, so that a
/// domain is never half another one.
public struct Fetch {
    public let dataSet: DataSet
    /// The domain's folder.
    public let folder: String
    private let source: String
    private let replaces: Bool
    private let patience: Patience

    /// - Parameters:
    ///   - data: the data folder, which holds a folder for each domain.
    ///   - mirror: an http or https address under which the files lie by their published names; nil: the publisher's own.
    ///   - replaces: whether other files of the same names give way.
    public init(
        _ dataSet: DataSet, into data: String, mirror: String? = nil, replaces: Bool = false, patience: Patience = Patience()
    ) throws(FetchError) {
        self.dataSet = dataSet
        self.folder = "\(data)/\(dataSet.name)"
        self.source = try mirror.map(Self.address) ?? dataSet.source
        self.replaces = replaces
        self.patience = patience
    }

    /// Fetches what is missing; `report` is called on this thread. Returns the files that were not there before.
    public func run(_ report: @escaping (FetchEvent) -> Void = { _ in }) throws(FetchError) -> [DataSet.File] {
        let absent = try survey(report)
        if absent.isEmpty && obstacles.isEmpty { return [] }
        try makeFolder()
        var parts: [PartFile] = []
        do throws(FetchError) {
            for file in absent { parts.append(try whole(file, report)) }
        } catch {
            // Only an empty folder can be removed so.
            rmdir(folder)
            throw error
        }
        for path in obstacles { unlink(path) }
        for part in parts { try part.install() }
        return absent
    }

    /// The files that must be fetched. One that is there with other content is refused, unless it may be replaced.
    private func survey(_ report: (FetchEvent) -> Void) throws(FetchError) -> [DataSet.File] {
        var absent: [DataSet.File] = []
        for file in dataSet.files {
            let path = "\(folder)/\(file.local)"
            if !FileManager.default.fileExists(atPath: path) {
                absent.append(file)
            } else if Checksum.sha256(path) == file.checksum {
                report(.intact(file))
            } else if replaces {
                absent.append(file)
            } else {
                throw occupied(path, "a file with other content is there")
            }
        }
        if !replaces, let path = obstacles.first { throw occupied(path, "it would be read instead of the fetched file") }
        return absent
    }

    /// Unpacked files of the same names, which the reader prefers.
    private var obstacles: [String] {
        dataSet.files.map { "\(folder)/\($0.local)" }.filter { $0.hasSuffix(".gz") }.map { String($0.dropLast(3)) }
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func occupied(_ path: String, _ reason: String) -> FetchError {
        FetchError(.occupied, path, reason, "Add --replace to give it up, or name another data folder with --data.")
    }

    private func makeFolder() throws(FetchError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(folder, "the folder cannot be made")
        }
    }

    private static func address(_ mirror: String) throws(FetchError) -> String {
        guard let url = URL(string: mirror), ["http", "https"].contains(url.scheme?.lowercased()), url.host?.isEmpty == false
        else {
            let remedy = "Name the folder of the files, such as https://example.org/mnist."
            throw FetchError(.badMirror, mirror, "it is not an http or https address", remedy)
        }
        return mirror.hasSuffix("/") ? String(mirror.dropLast()) : mirror
    }
}

extension Fetch {
    /// A part that holds the whole file, verified.
    private func whole(_ file: DataSet.File, _ report: @escaping (FetchEvent) -> Void) throws(FetchError) -> PartFile {
        let part = try PartFile(for: "\(folder)/\(file.local)")
        do throws(FetchError) {
            if part.count > file.bytes { try part.restart() }
            if part.count < file.bytes { try fill(part, file, report) }
            try verify(part, file)
        } catch {
            if error.code == .wrongChecksum || error.code == .tooLong { part.remove() } else { part.removeIfEmpty() }
            throw error
        }
        report(.verified(file))
        return part
    }

    /// Asks until the server has sent all that it has, a few times at most.
    private func fill(_ part: PartFile, _ file: DataSet.File, _ report: @escaping (FetchEvent) -> Void) throws(FetchError) {
        let url = "\(source)/\(file.published)"
        var attempt = 1
        var hasAnswered = false
        report(.began(file, held_bytes: part.count))
        while true {
            let transfer = Transfer(url, into: part, limit_bytes: file.bytes) { held in
                report(.received(file, held_bytes: held))
            }
            let reason: String
            switch transfer.run(patience) {
            case .complete: return
            case .failed(let error): throw error
            case .rangeRefused:
                try part.restart()
                report(.restarted(file))
                continue
            case .broken(let words): (reason, hasAnswered) = (words, true)
            case .unreachable(let words):
                // A name that never answered is more likely wrong than busy.
                guard hasAnswered else { throw FetchError(.unreachable, url, words, Self.unreachableRemedy) }
                reason = words
            }
            guard attempt < patience.attempts else {
                throw FetchError(.broken, url, "\(reason), and \(attempt) attempts were made", Self.brokenRemedy)
            }
            let pause = patience.pause(after: attempt)
            attempt += 1
            report(.pausing(file, reason: reason, pause, attempt: attempt, of: patience.attempts))
            patience.wait(pause)
        }
    }

    private func verify(_ part: PartFile, _ file: DataSet.File) throws(FetchError) {
        let sum = try part.checksum()
        guard sum == file.checksum else {
            let reason =
                "its SHA-256 is \(sum) (\(part.count) bytes), and the published one \(file.checksum) (\(file.bytes) bytes)"
            let remedy = "It was discarded; run the command again, or name another server of the same files with --mirror."
            throw FetchError(.wrongChecksum, "\(source)/\(file.published)", reason, remedy)
        }
    }

    private static var unreachableRemedy: String { "Check the network, or name another server of the same files with --mirror." }
    private static var brokenRemedy: String { "What has come is kept: run the same command later to go on, or name a --mirror." }
}
