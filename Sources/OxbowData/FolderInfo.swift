/// A data folder in numbers: what `oxbow data info` says.
public struct FolderInfo: Codable, Hashable, Sendable {
    /// A domain that cannot be used.
    public struct Unusable: Codable, Hashable, Sendable {
        public var name: String
        /// A sentence with its remedy.
        public var reason: String
    }

    public var path: String
    public var domains: [DomainInfo]
    public var unusable: [Unusable]
    /// What a person should know before training on the folder.
    public var warnings: [String]
}

extension DataFolder {
    /// Reads every domain, one after the other; one that is bad does not hide the others. A folder without any is an error.
    public func info() throws(DataError) -> FolderInfo {
        var info = FolderInfo(path: path, domains: [], unusable: [], warnings: [])
        for name in try domainNames() {
            do throws(DataError) {
                info.domains.append(try self.info(name))
            } catch {
                info.unusable.append(FolderInfo.Unusable(name: name, reason: error.description))
            }
        }
        info.warnings = info.domains.flatMap(\.warnings) + [Self.strangers(info.domains)].compactMap { $0 }
        return info
    }

    /// Reads one domain and describes it.
    public func info(_ name: String) throws(DataError) -> DomainInfo {
        try domain(name).info(bytes: Domain.bytes("\(path)/\(name)"))
    }

    /// Domains of different forms, which one model cannot serve.
    private static func strangers(_ domains: [DomainInfo]) -> String? {
        let forms = Dictionary(grouping: domains, by: \.form).sorted { $0.value[0].name < $1.value[0].name }
        if forms.count < 2 { return nil }
        let words = forms.map { form, members in "\(form) (\(members.map(\.name).joined(separator: ", ")))" }
        return "images are \(words.joined(separator: " and ")): train only domains of one form together (data.domains)"
    }
}
