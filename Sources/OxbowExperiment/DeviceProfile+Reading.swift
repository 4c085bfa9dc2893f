import OxbowModel
import OxbowScheduling

extension DeviceProfile {
    /// From what a command line says: a known name, pairs such as `gflops=2,bytes_per_second=50e6`, or a YAML file of these keys.
    ///
    /// Throws `ExperimentError` with the key that is wrong, or the names that are known.
    public static func load(_ text: String) throws(ExperimentError) -> DeviceProfile {
        if let known = named(text) { return known }
        if text.contains("=") { return try DeviceProfile(text, Section(pairs(text), path: "", place: place)) }
        guard !text.contains("/"), !text.contains(".") else { return try parse(Experiment.read(text), subject: text) }
        throw ExperimentError(
            .badValue, "emulate", text, "there is no such device",
            "Name one of \(known.map(\.name).joined(separator: ", ")), a YAML file, or numbers such as "
                + "gflops=2,bytes_per_second=50e6.")
    }

    /// From YAML; `subject` names the profile and is named in errors.
    public static func parse(_ yaml: String, subject: String = "profile") throws(ExperimentError) -> DeviceProfile {
        let tree = try Setting.parse(yaml, subject: subject)
        guard case .map = tree else {
            throw ExperimentError(.syntax, "read", subject, "it is not a map of keys", "Write lines such as 'gflops: 2'.")
        }
        return try DeviceProfile(subject, Section(tree, path: "", place: place))
    }

    private static let place = "the device profile"

    private static func pairs(_ text: String) throws(ExperimentError) -> Setting {
        var entries: [String: Setting] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, entries[parts[0]] == nil else {
                throw ExperimentError(
                    .syntax, "emulate", text, "'\(pair)' is not key=value, or its key comes twice",
                    "Write pairs such as gflops=2,bytes_per_second=50e6.")
            }
            entries[parts[0]] = .scalar(parts[1], plain: true)
        }
        return .map(entries)
    }

    private init(_ name: String, _ section: Section) throws(ExperimentError) {
        var section = section
        let device = try section.device()
        try section.finish()
        self.init(name: name, device: try device())
    }
}

extension Section {
    /// Takes a machine's keys. Calling what is returned throws for those that have no default, so that a misspelt key can be
    /// said before the one that it was meant to be is missed.
    ///
    /// - Parameter usual: what keys that are left out take; without one some must be given.
    mutating func device(or usual: Device? = nil) throws(ExperimentError) -> () throws(ExperimentError) -> Device {
        let (gflops, outerGflops) = (try rate("gflops"), try rate("outer_gflops"))
        let (bytesPerSecond, latency) = (try rate("bytes_per_second"), try seconds("latency"))
        let memory = try bytes("memory")
        let section = self
        return { () throws(ExperimentError) -> Device in
            // One speed of two is the other's too, unless that is known.
            let outer = outerGflops ?? (gflops == nil ? usual?.outerGflops : nil)
            return Device(
                gflops: try section.given("gflops", gflops ?? usual?.gflops), outerGflops: outer,
                bytesPerSecond: try section.given("bytes_per_second", bytesPerSecond ?? usual?.bytesPerSecond),
                latencySeconds: latency ?? usual?.latencySeconds ?? 0, memory: memory ?? usual?.memory)
        }
    }
}
