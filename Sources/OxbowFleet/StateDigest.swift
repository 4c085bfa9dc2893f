import Crypto
import OxbowProtocol
import OxbowTraining

/// SHA-256 over states; docs/architecture.md says what goes in.
public enum StateDigest {
    /// Of one owner: its tensors sorted by name.
    public static func digest(_ state: NamedTensors) -> [UInt8] {
        var hash = SHA256()
        for tensor in state.entries.sorted(by: { $0.name < $1.name }) {
            add(tensor.name, to: &hash)
            add("F32", to: &hash)
            add(tensor.shape.map(String.init).joined(separator: ","), to: &hash)
            // Little-endian on every machine that Oxbow runs on; a big-endian one would swap here.
            tensor.values.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        return Array(hash.finalize())
    }

    /// Of a run: the members' digests, edges by slot, then cores.
    public static func stateHash(_ digests: [MemberDigest]) -> String {
        var hash = SHA256()
        for entry in digests.sorted(by: { $0.member < $1.member }) {
            add(entry.member.description, to: &hash)
            hash.update(data: entry.digest)
        }
        return hex(Array(hash.finalize()))
    }

    static func hex(_ digest: [UInt8]) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// With its length in front, so that no two sequences of texts look alike.
    private static func add(_ text: String, to hash: inout SHA256) {
        hash.update(data: withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) })
        hash.update(data: Array(text.utf8))
    }
}
