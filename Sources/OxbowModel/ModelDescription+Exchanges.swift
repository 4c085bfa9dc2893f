extension ModelDescription {
    /// Exchanges of a step.
    public static let exchanges = 1...6

    /// Channels-last shapes of the tensors of one message of a step; empty for an exchange that does not exist.
    ///
    /// Exchange 1: G forward; 2 and 3: D forward and backward, fake then real; 4 and 5: D forward and backward in the
    /// generator half; 6: G backward. Throws `ModelError` for inadmissible cuts.
    public func shape(of exchange: Int, up: Bool, cuts: Cuts, batch: Int) throws -> [[Int]] {
        let segments = try segments(for: cuts)
        let network: Network = exchange == 1 || exchange == 6 ? .generator : .discriminator
        let forward = exchange == 1 || exchange == 2 || exchange == 4
        // Up goes what leaves the head on the way forward, what leaves the tail on the way back; down the other border.
        let border = up == forward ? segments[network].head.upperBound : segments[network].core.upperBound
        let shape = self[network].blocks[border].input.batched(batch)
        switch exchange {
        case 1, 4, 5, 6: return [shape]
        case 2, 3: return [shape, shape]
        default: return []
        }
    }

    /// Bytes of float32 that cross a worker's link in one step, both directions.
    public func stepBytes(cuts: Cuts, batch: Int) throws -> Int {
        try Self.exchanges.reduce(0) { total, exchange in
            let shapes =
                try shape(of: exchange, up: true, cuts: cuts, batch: batch)
                + shape(of: exchange, up: false, cuts: cuts, batch: batch)
            return total + shapes.reduce(0) { $0 + $1.reduce(4, *) }
        }
    }
}
