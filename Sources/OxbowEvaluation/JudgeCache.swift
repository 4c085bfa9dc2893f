import Foundation
import OxbowData
import OxbowKernels
import OxbowSafetensors

/// Judges in files, so that a domain's is trained once: named by the data's checksum and the recipe's version.
public struct JudgeCache: Hashable, Sendable {
    public let folder: String
    /// The same for all runs, whatever their seed: scores of different runs are by the same judge.
    static let seed: UInt64 = 0

    public init(_ folder: String = JudgeCache.defaultFolder) { self.folder = folder }

    /// `oxbow/judges` in `$XDG_CACHE_HOME` or `~/.cache`.
    public static var defaultFolder: String { defaultFolder(ProcessInfo.processInfo.environment) }

    static func defaultFolder(_ environment: [String: String]) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let cache = value("XDG_CACHE_HOME") ?? (value("HOME") ?? NSHomeDirectory()) + "/.cache"
        return cache + "/oxbow/judges"
    }

    /// Where the domain's judge is or will be.
    public func path(for domain: Domain) -> String { path(checksum: domain.checksum) }

    private func path(checksum: String) -> String {
        "\(folder)/\(checksum)-recipe\(ClassifierRecipe.judgeVersion).safetensors"
    }

    /// The domain's judge: from its file, else trained and saved.
    ///
    /// A file that cannot be used is removed, and one that cannot be written is done without; `note` is told in a
    /// sentence. Throws what `Judge.train` throws.
    public func judge(
        for domain: Domain, progress: (TrainingProgress) throws -> Void = { _ in }, note: (String) -> Void = { _ in }
    ) throws -> Judge {
        let checksum = domain.checksum
        let path = path(checksum: checksum)
        if let judge = read(path, checksum, ImageForm(domain), note) { return judge }
        let judge = try Judge.train(on: domain, seed: Self.seed, progress: progress)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try JudgeFile.write(judge, checksum, path)
        } catch let error as SafetensorsError {
            note("\(error) The judge will be trained again next time.")
        } catch {
            note("Unable to create '\(folder)': \(error.localizedDescription). The judge will be trained again next time.")
        }
        return judge
    }

    /// nil, and no file any more, when there is none that can be used.
    private func read(_ path: String, _ checksum: String, _ form: ImageForm, _ note: (String) -> Void) -> Judge? {
        do { return try JudgeFile.read(path, checksum, form) } catch let error as SafetensorsError where error.code == .missing {
            return nil
        } catch {
            note("\(error) The cached judge is trained anew.")
            try? FileManager.default.removeItem(atPath: path)
            return nil
        }
    }
}
