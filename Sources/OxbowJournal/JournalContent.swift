import Crypto
import Foundation
import OxbowProtocol
import OxbowWire

/// Why a journal cannot be gone on with.
public struct JournalFault: Error, Hashable, Sendable {
    /// From 1.
    public var line: Int
    /// A clause: what is wrong with the line.
    public var reason: String
}

/// The lines of a journal that hold.
///
/// Each has in front 16 hex digits of the SHA-256 over those of the line before and its JSON: a line that was changed, taken out or
/// cut short is found. Whoever can write the file can mend that, so what a line says is checked as well.
public struct JournalContent: Hashable, Sendable {
    public private(set) var records: [JournalRecord] = []
    public private(set) var wholeBytes = 0
    /// The digits of the last line.
    public private(set) var chain = ""

    /// - Throws: `JournalFault` where a line that does not hold has another one after it, which is no torn end, and where a line
    ///   says what no broker writes.
    public init(_ bytes: Data) throws(JournalFault) {
        let decoder = JSONDecoder()
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = records.count + 1
            guard let (record, link) = Self.record(rest[..<end], after: chain, decoder) else {
                if end == bytes.index(before: bytes.endIndex) { return }
                throw JournalFault(line: line, reason: "is damaged")
            }
            do throws(WireError) { try record.check() } catch {
                throw JournalFault(line: line, reason: "says what cannot be: \(error.reason)")
            }
            records.append(record)
            chain = link
            rest = rest[rest.index(after: end)...]
            wholeBytes = bytes.distance(from: bytes.startIndex, to: rest.startIndex)
        }
    }

    private static func record(
        _ line: Data.SubSequence, after chain: String, _ decoder: JSONDecoder
    ) -> (JournalRecord, link: String)? {
        let json = line.dropFirst(digits + 1)
        let link = String(decoding: line.prefix(digits), as: UTF8.self)
        guard line.count > digits + 1, link == self.link(chain, Data(json)),
            let record = try? decoder.decode(JournalRecord.self, from: Data(json))
        else { return nil }
        return (record, link)
    }

    private static let digits = 16

    /// The digits of a line, from those of the line before.
    public static func link(_ chain: String, _ json: Data) -> String {
        var hash = SHA256()
        hash.update(data: Data(chain.utf8))
        hash.update(data: json)
        return hash.finalize().prefix(digits / 2).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
