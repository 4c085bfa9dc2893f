import OxbowModel

/// A worker's cuts as two small U's: blocks that it keeps stand above, those of the core below.
struct UPicture {
    var segments: Segments

    private static let size = 15.0
    private static let step = 19.0
    private static let gap = 20.0

    /// nil where the model has no such cuts.
    init?(_ cuts: [Int], _ model: ModelDescription) {
        guard let cuts = Cuts(cuts), let segments = try? model.segments(for: cuts) else { return nil }
        self.segments = segments
    }

    var svg: HTML {
        let blocks = Network.allCases.map { Self.count(segments[$0]) }
        let widths = blocks.map { Double($0) * Self.step + 16 }
        let width = widths.reduce(0, +) + Self.gap
        let drawn = zip(Network.allCases, [0, widths[0] + Self.gap]).map { network($0, left: $1) }
        return """
            <svg class="u" viewBox="0 0 \(width) 44" width="\(width)" height="44" role="img" aria-label="\(spoken)">\
            \(drawn)</svg>
            """
    }

    /// In words: what stays at home.
    var spoken: String {
        Network.allCases.map { network in
            let part = segments[network]
            let home = (0..<Self.count(part)).filter { part.holds($0) }.map(String.init).joined(separator: ", ")
            return "\(Self.name(network)): blocks \(home) at the worker, the rest in the core"
        }.joined(separator: "; ")
    }

    private static func count(_ part: NetworkSegments) -> Int { part.tail.upperBound }
    private static func name(_ network: Network) -> String { network == .generator ? "G" : "D" }

    private func network(_ network: Network, left: Double) -> HTML {
        let part = segments[network]
        let places = (0..<Self.count(part)).map { block in
            (x: left + 16 + Double(block) * Self.step, y: part.holds(block) ? 2.0 : 27.0, home: part.holds(block))
        }
        let line = places.map { HTML("\($0.x + Self.size / 2),\($0.y + Self.size / 2)").text }.joined(separator: " ")
        let boxes = places.enumerated().map { block, place -> HTML in
            """
            <rect class="\(place.home ? "home" : "away")" x="\(place.x)" y="\(place.y)" width="\(Self.size)" \
            height="\(Self.size)" rx="2"/><text class="\(place.home ? "in-home" : "in-away")" \
            x="\(place.x + Self.size / 2)" y="\(place.y + 11)" text-anchor="middle">\(block)</text>
            """
        }
        return """
            <text class="tick" x="\(left)" y="14">\(Self.name(network))</text>\
            <polyline class="thread" points="\(line)"/>\(boxes)
            """
    }
}
