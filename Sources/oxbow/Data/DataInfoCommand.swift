import ArgumentParser
import Foundation
import OxbowData
import OxbowModel

struct DataInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Describes a data folder: images, sizes, classes and checksum of each domain.",
        discussion: """
            A domain that cannot be used is named with its reason, and the exit code is 3.
            Example: oxbow data info ~/images
            Example: oxbow data info --format json
            """)

    @Argument(help: "The data folder, one folder a domain. Default: where ops/setup.sh puts it.", completion: .directory)
    var folder: String?

    @Option(help: "text or json.") var format = OutputFormat.text

    func run() throws {
        var info = try DataFolder(folder ?? DataFolder.defaultPath).info()
        info.warnings += info.domains.compactMap(Self.unsuited)
        switch format {
        case .json: try printJSON(info)
        case .text: print(info.lines.joined(separator: "\n"))
        }
        guard info.unusable.isEmpty else { throw Failure(.data, Self.sentence(info)) }
    }

    /// Why no model can be trained on a domain's images.
    private static func unsuited(_ domain: DomainInfo) -> String? {
        let parameters = ModelParameters(
            imageHeight: domain.height, imageWidth: domain.width, imageChannels: domain.channels, classes: domain.classes)
        do {
            _ = try ModelDescription(parameters)
            return nil
        } catch {
            return "\(domain.name) is \(domain.form). \(error)"
        }
    }

    private static func sentence(_ info: FolderInfo) -> String {
        // One bad domain is said in full; of several, the lines above tell each one's reason.
        if info.unusable.count == 1 { return info.unusable[0].reason }
        let names = info.unusable.map(\.name).joined(separator: ", ")
        return "Unable to use '\(info.path)': \(info.unusable.count) of its domains are unusable (\(names)). "
            + "Correct them as said above, or name another data folder."
    }
}

extension FolderInfo {
    fileprivate var lines: [String] {
        [path] + domains.flatMap { [$0.line, "  checksum \($0.checksum)"] + $0.table }
            + unusable.map { "\($0.name): UNUSABLE. \($0.reason)" } + warnings.map { "warning: \($0)" }
    }
}

extension DomainInfo {
    /// The domain in one line.
    var line: String {
        let origin = testOrigin == .files ? "" : " (a seeded tenth of each class, kept from training)"
        return "\(name): \(train) training and \(test) test images\(origin), \(form), \(classes) classes, "
            + ByteCount.text(bytes) + " on disk"
    }

    /// Images per class: the extremes, then ten classes a row.
    fileprivate var table: [String] {
        let parts = [("training", trainPerClass), ("test", testPerClass)]
        let extremes = parts.map { "\($1.min() ?? 0) to \($1.max() ?? 0) \($0)" }.joined(separator: " and ")
        let width = max(5, parts.flatMap { $1.map { String($0).count } }.max() ?? 0) + 1
        func row(_ title: String, _ numbers: [Int]) -> String {
            "  " + title.padding(toLength: 9, withPad: " ", startingAt: 0)
                + numbers.map { String(repeating: " ", count: width - String($0).count) + String($0) }.joined()
        }
        let rows = stride(from: 0, to: classes, by: 10).flatMap { first in
            let range = first..<min(first + 10, classes)
            return [row("class", Array(range))] + parts.map { row($0, Array($1[range])) }
        }
        return ["  images a class: \(extremes)"] + rows
    }
}
