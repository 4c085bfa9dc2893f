import OxbowData

extension Experiment {
    /// The method's own choices (docs/method.md).
    public struct MethodOptions: Codable, Hashable, Sendable {
        public enum Start: String, Codable, Hashable, Sendable, CaseIterable {
            /// All workers start from one state drawn from the seed.
            case common
            /// Every worker draws its own, as the published code does.
            case independent
        }
        public var start: Start
        /// Number of clusters; 0: chosen from the data.
        public var clusters: Int
        /// Rounds at the start that average everybody by sample count only.
        public var plainRounds: Int
        /// Temperature of the divergence in the weights.
        public var alpha: Double
        /// Over how many of a round's last steps the signal is averaged.
        public var signalSteps: Int
        public var batches: BatchOrder

        enum CodingKeys: String, CodingKey, CaseIterable {
            case start, clusters, alpha, batches
            case plainRounds = "plain_rounds"
            case signalSteps = "signal_steps"
        }

        /// What a method uses where the file is silent.
        public static func defaults(_ method: Method, domains: Int) -> MethodOptions {
            switch method {
            case .oxbow:
                MethodOptions(start: .common, clusters: 0, plainRounds: 1, alpha: 1, signalSteps: 4, batches: .permutation)
            case .published:
                MethodOptions(
                    start: .independent, clusters: domains, plainRounds: 2, alpha: 1, signalSteps: 1, batches: .fresh)
            }
        }
    }
}
