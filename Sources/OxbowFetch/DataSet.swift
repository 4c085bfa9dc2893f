/// A public data set that is published as four IDX files.
public struct DataSet: Hashable, Sendable {
    /// One file as it is published, and the name that a data folder gives it.
    public struct File: Hashable, Sendable {
        /// What it is called at the source, and at any mirror.
        public var published: String
        /// What it is called in the domain's folder.
        public var local: String
        public var bytes: Int
        /// SHA-256 of the file as it is published, in hex.
        public var checksum: String

        public init(published: String, local: String, bytes: Int, checksum: String) {
            self.published = published
            self.local = local
            self.bytes = bytes
            self.checksum = checksum
        }
    }

    /// The domain's name too.
    public var name: String
    /// The address of the folder that the files are published in, without a slash at its end.
    public var source: String
    public var licence: String
    public var files: [File]

    public init(name: String, source: String, licence: String, files: [File]) {
        self.name = name
        self.source = source
        self.licence = licence
        self.files = files
    }

    /// The data set of that name; an unknown one is refused with the names that there are.
    public static func named(_ name: String) throws(FetchError) -> DataSet {
        guard let set = catalogue.first(where: { $0.name == name }) else {
            let known = catalogue.map(\.name).joined(separator: ", ")
            throw FetchError(.unknownName, name, "no public data set of that name is known", "Name one of \(known).")
        }
        return set
    }
}
