import OxbowProtocol
import OxbowWire

/// The last challenge of each connection; so many of them, then the one used longest ago goes.
struct Challenges {
    let limit: Int
    private var values: [ConnectionID: (challenge: [UInt8], use: UInt64)] = [:]
    private var uses: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { values.count }

    /// A new one, which replaces the connection's last.
    mutating func issue(to connection: ConnectionID) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        let challenge = (0..<WireLimits.digestBytes / 8).flatMap { _ in
            withUnsafeBytes(of: random.next() as UInt64) { Array($0) }
        }
        uses += 1
        values[connection] = (challenge, uses)
        if values.count > limit, let oldest = values.min(by: { $0.value.use < $1.value.use }) { values[oldest.key] = nil }
        return challenge
    }

    /// Whether it is the connection's last; it is none from here on.
    mutating func take(_ challenge: [UInt8], of connection: ConnectionID) -> Bool {
        guard let last = values.removeValue(forKey: connection) else { return false }
        return !challenge.isEmpty && last.challenge == challenge
    }

    mutating func forget(_ connection: ConnectionID) { values[connection] = nil }
}
