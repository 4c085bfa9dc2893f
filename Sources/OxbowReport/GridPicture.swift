import Foundation

/// A grid of images together with its file.
public struct GridPicture: Hashable, Sendable {
    public var facts: Report.Picture
    public var png: [UInt8]

    /// nil for bytes that are not a PNG file.
    public init?(_ facts: Report.Picture, png: [UInt8]) {
        // Signature, then the header's length, name, width, height, depth and colour type.
        guard png.count > 26, Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] else { return nil }
        self.facts = facts
        self.png = png
    }

    public var width: Int { number(at: 16) }
    public var height: Int { number(at: 20) }
    /// Numbers of a pixel: 1 grey, 3 RGB; with transparency one more.
    public var channels: Int { [0: 1, 2: 3, 3: 3, 4: 2, 6: 4][png[25]] ?? 1 }

    private func number(at offset: Int) -> Int { png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }

    /// The picture inside a page.
    var address: String { "data:image/png;base64," + Data(png).base64EncodedString() }
    /// Characters of `address`.
    var addressCount: Int { 22 + (png.count + 2) / 3 * 4 }
}

/// Which rounds' pictures go into a page: as many as fit, the first and the last among them.
struct PictureChoice {
    /// Characters of all pictures of a page.
    static let budget = 2_800_000
    static let mostRounds = 12

    /// Evenly spread, the first and the last among them.
    static func spread(_ rounds: [Int], most: Int) -> [Int] {
        guard rounds.count > most else { return rounds }
        guard most > 1 else { return rounds.suffix(most) }
        return (0..<most).map { rounds[($0 * (rounds.count - 1) + (most - 1) / 2) / (most - 1)] }
    }

    /// The rounds whose pictures together stay within the budget; the last one always.
    static func rounds(_ pictures: [GridPicture], budget: Int) -> [Int] {
        let all = Set(pictures.map(\.facts.round)).sorted()
        for most in stride(from: mostRounds, through: 1, by: -1) {
            let chosen = spread(all, most: most)
            let size = pictures.filter { chosen.contains($0.facts.round) }.reduce(0) { $0 + $1.addressCount }
            if size <= budget { return chosen }
        }
        return all.suffix(1)
    }
}
