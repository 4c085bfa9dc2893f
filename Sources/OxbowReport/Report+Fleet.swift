extension Report {
    /// Somebody who came or went. Those who were there before the run are in its first round without one.
    public struct MembershipEvent: Codable, Hashable, Sendable {
        public enum Event: String, Codable, Hashable, Sendable, CaseIterable {
            /// Connected, to enter at a barrier.
            case joined
            /// Let go at the end of a step, on its own wish.
            case left
            case lost
            /// Too slow: it sat out until a later barrier.
            case sidelined
            /// Connected, but not taken.
            case standby
        }
        /// Seconds since 1970.
        public var time: Double
        /// Under way at that time.
        public var round: Int
        public var event: Event
        /// As `workers[].id`, or a core's.
        public var member: String
        public var reason: String?

        public init(time: Double, round: Int, event: Event, member: String, reason: String? = nil) {
            self.time = time
            self.round = round
            self.event = event
            self.member = member
            self.reason = reason
        }
    }

    /// The cuts in force from one round on.
    public struct PlanChange: Codable, Hashable, Sendable {
        public var round: Int
        /// `[gh, gt, dh, dt]` by worker.
        public var cuts: [String: [Int]]

        public init(round: Int, cuts: [String: [Int]]) {
            self.round = round
            self.cuts = cuts
        }
    }

    /// What a worker's answer could take at last, as learnt from its tier.
    public struct Deadline: Codable, Hashable, Sendable {
        public var tier: String
        public var exchange: Int
        public var medianSeconds: Double
        /// Median absolute deviation.
        public var spreadSeconds: Double
        public var deadlineSeconds: Double

        public init(tier: String, exchange: Int, medianSeconds: Double, spreadSeconds: Double, deadlineSeconds: Double) {
            self.tier = tier
            self.exchange = exchange
            self.medianSeconds = medianSeconds
            self.spreadSeconds = spreadSeconds
            self.deadlineSeconds = deadlineSeconds
        }
    }

    /// How long a member took for one exchange, and how long a cost model says.
    public struct Timing: Codable, Hashable, Sendable {
        public var member: String
        public var exchange: Int
        /// Times that were taken.
        public var count: Int
        /// Median over rounds of their medians.
        public var measuredSeconds: Double
        public var modelledSeconds: Double?

        public init(member: String, exchange: Int, count: Int, measuredSeconds: Double, modelledSeconds: Double? = nil) {
            self.member = member
            self.exchange = exchange
            self.count = count
            self.measuredSeconds = measuredSeconds
            self.modelledSeconds = modelledSeconds
        }
    }

    /// The last search of cuts.
    public struct Scheduler: Codable, Hashable, Sendable {
        public var planner: String
        public var costModel: String?
        /// A step, by the cost model.
        public var seconds: Double?
        public var lowerBound: Double?
        /// The share of `seconds` that a better plan could save at most.
        public var gap: Double?
        // What the cuts in force should take, whoever chose them.
        /// A step without its barrier's share, as measured ones are.
        public var steadySeconds: Double?
        /// Median over workers and exchanges 1 to 6 of |measured/modelled - 1|.
        public var medianError: Double?
        /// The same of the core.
        public var medianErrorCore: Double?

        public init(
            planner: String, costModel: String? = nil, seconds: Double? = nil, lowerBound: Double? = nil, gap: Double? = nil
        ) {
            self.planner = planner
            self.costModel = costModel
            self.seconds = seconds
            self.lowerBound = lowerBound
            self.gap = gap
        }
    }

    /// What the images are, in pixels.
    public struct ImageFacts: Codable, Hashable, Sendable {
        public var height: Int
        public var width: Int
        public var channels: Int
        public var classes: Int

        public init(height: Int, width: Int, channels: Int, classes: Int) {
            self.height = height
            self.width = width
            self.channels = channels
            self.classes = classes
        }
    }

    /// How far measured times are from modelled ones, in the middle; nil where none are modelled.
    /// - Parameter isCore: of the core, else of the workers.
    public static func medianError(_ timings: [Timing], isCore: Bool) -> Double? {
        let errors = timings.compactMap { timing -> Double? in
            guard (1...6).contains(timing.exchange), timing.member.hasPrefix("core-") == isCore,
                let modelled = timing.modelledSeconds, modelled > 0
            else { return nil }
            return abs(timing.measuredSeconds / modelled - 1)
        }.sorted()
        guard !errors.isEmpty else { return nil }
        return (errors[(errors.count - 1) / 2] + errors[errors.count / 2]) / 2
    }

    /// What stands for a domain that nobody told.
    public static let untold = "not told"

    /// Whether its broker served a fleet: who has which data is not known then.
    public var isOfFleet: Bool { !workers.isEmpty && workers.allSatisfy { $0.domain == Report.untold } }
}
