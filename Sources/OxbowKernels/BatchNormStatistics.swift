/// Count, mean and sum of squares about the mean of each channel, over one part or several.
public struct BatchNormStatistics: Hashable, Sendable {
    /// Rows: N * H * W of an image.
    public var count: Int
    public var mean: [Double]
    /// Sum of (x - mean)^2: the biased variance times the count.
    public var m2: [Double]

    public init(count: Int, mean: [Double], m2: [Double]) {
        precondition(mean.count == m2.count, "\(mean.count) means and \(m2.count) sums of squares")
        self.count = count
        self.mean = mean
        self.m2 = m2
    }

    /// An empty part, to be filled.
    public init(channels: Int) {
        self.init(count: 0, mean: .init(repeating: 0, count: channels), m2: .init(repeating: 0, count: channels))
    }

    public var channels: Int { mean.count }

    /// Adds another part's rows (Chan's formula): the order of parts decides the last bits.
    public mutating func merge(_ other: BatchNormStatistics) {
        precondition(other.channels == channels, "statistics of \(other.channels) channels merged into \(channels)")
        guard other.count > 0 else { return }
        let a = Double(count), b = Double(other.count)
        let total = a + b
        for c in mean.indices {
            let delta = other.mean[c] - mean[c]
            mean[c] += delta * (b / total)
            m2[c] += other.m2[c] + delta * delta * (a * b / total)
        }
        count += other.count
    }
}

/// Per channel: the sums of dz and of dz * xhat that batch norm's gradient needs, over one part or several.
///
/// They are also the gradients of beta and gamma.
public struct BatchNormSums: Hashable, Sendable {
    public var dz: [Double]
    public var dzXhat: [Double]

    public init(dz: [Double], dzXhat: [Double]) {
        precondition(dz.count == dzXhat.count, "\(dz.count) and \(dzXhat.count) sums")
        self.dz = dz
        self.dzXhat = dzXhat
    }

    public init(channels: Int) {
        self.init(dz: .init(repeating: 0, count: channels), dzXhat: .init(repeating: 0, count: channels))
    }

    public var channels: Int { dz.count }

    /// Adds another part's sums: the order of parts decides the last bits.
    public mutating func merge(_ other: BatchNormSums) {
        precondition(other.channels == channels, "sums of \(other.channels) channels merged into \(channels)")
        for c in dz.indices {
            dz[c] += other.dz[c]
            dzXhat[c] += other.dzXhat[c]
        }
    }
}
