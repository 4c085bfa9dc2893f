import Foundation

/// A folder that holds one folder for each domain.
public struct DataFolder: Hashable, Sendable {
    public let path: String

    public init(_ path: String = DataFolder.defaultPath) { self.path = path }

    /// Where ops/setup.sh puts data: `$OXBOW_DATA`, or `oxbow/data` in `$XDG_DATA_HOME` or `~/.local/share`.
    public static var defaultPath: String { defaultPath(ProcessInfo.processInfo.environment) }

    static func defaultPath(_ environment: [String: String]) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = value("OXBOW_DATA") { return path }
        let shared = value("XDG_DATA_HOME") ?? (value("HOME") ?? NSHomeDirectory()) + "/.local/share"
        return shared + "/oxbow/data"
    }

    /// Names of the domains, sorted. A folder without any is an error.
    public func domainNames() throws(DataError) -> [String] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw noDomains("it is not a folder that can be read")
        }
        let domains = names.filter { !$0.hasPrefix(".") && Domain.isDomain("\(path)/\($0)") }
        if domains.isEmpty && Domain.isDomain(path) {
            let remedy = "Name the folder above it: a data folder holds a folder for each domain."
            throw DataError(.noDomains, "use", path, "it is a domain itself", remedy)
        }
        if domains.isEmpty { throw noDomains("it holds no domain (a folder with images-idx3-ubyte[.gz])") }
        return domains.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Reads one domain.
    public func domain(_ name: String) throws(DataError) -> Domain {
        guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
            throw DataError(.badName, "read", name, "it is not the name of a domain", "Name a folder inside \(path).")
        }
        let names = try domainNames()
        guard names.contains(name) else {
            let reason = "\(path) holds \(names.joined(separator: ", "))"
            throw DataError(.missing, "read", name, reason, "Name one of these, or another data folder with --data.")
        }
        return try Domain.read("\(path)/\(name)")
    }

    /// Reads several domains, which must agree in size and channels.
    public func domains(_ names: [String]) throws(DataError) -> [Domain] {
        var result: [Domain] = []
        for name in names { result.append(try domain(name)) }
        guard let first = result.first else { return [] }
        for other in result where (other.height, other.width, other.channels) != (first.height, first.width, first.channels) {
            let reason = "its images are \(other.form), those of '\(first.name)' \(first.form)"
            throw DataError(.shapeMismatch, "use", other.name, reason, "Train only domains of one image size together.")
        }
        return result
    }

    private func noDomains(_ reason: String) -> DataError {
        DataError(.noDomains, "use", path, reason, "Run ops/setup.sh, or name another data folder with --data.")
    }
}
