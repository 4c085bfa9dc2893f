/// One `--set a.b=value`: a dotted key, and a value in YAML. Numbers in the key are positions in a list.
struct Override: Hashable {
    let path: [String]
    let value: Setting

    init(_ text: String) throws(ExperimentError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 2, !path.contains("") else {
            let remedy = "Write --set key=value, such as --set model.width=0.5 or --set fleet.0.cuts=[0,0,0,0]."
            throw ExperimentError(.badOverride, "set", text, "it is not of the form key=value", remedy)
        }
        self.path = path
        let value = try Setting.parse(String(parts[1]), subject: "--set \(text)")
        // An empty text stands for an empty value here, not for an empty file.
        self.value = parts[1].isEmpty ? .scalar("", plain: true) : value
    }

    func apply(to tree: Setting) throws(ExperimentError) -> Setting {
        try Self.replace(tree, path[...], value, "")
    }

    private static func replace(
        _ tree: Setting?, _ path: ArraySlice<String>, _ value: Setting, _ done: String
    ) throws(ExperimentError) -> Setting {
        guard let key = path.first else { return value }
        let here = done.isEmpty ? key : "\(done).\(key)"
        switch tree {
        case .list(var items)?:
            guard let index = Int(key), (0...items.count).contains(index) else {
                let remedy = "Use a position from 0 to \(items.count - 1), or \(items.count) to add one."
                throw ExperimentError(.badOverride, "set", here, "'\(done)' is a list of \(items.count)", remedy)
            }
            let item = index < items.count ? items[index] : nil
            let replaced = try replace(item, path.dropFirst(), value, here)
            if index < items.count { items[index] = replaced } else { items.append(replaced) }
            return .list(items)
        case .scalar?, nil:
            return .map([key: try replace(nil, path.dropFirst(), value, here)])
        case .map(var entries)?:
            entries[key] = try replace(entries[key], path.dropFirst(), value, here)
            return .map(entries)
        }
    }
}
