extension BrokerMetrics {
    struct Family {
        var name: String
        var kind: PrometheusRegistry.Kind
        var help: String
        var bounds: [Double] = []
    }

    /// From a loopback exchange of a small model to a slow device with a large one.
    private static let seconds = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100,
    ]

    /// Counters without labels.
    static let plainCounters = [
        "oxbow_messages_received_total", "oxbow_messages_delivered_total", "oxbow_messages_refused_total",
        "oxbow_messages_dropped_total", "oxbow_operator_refusals_total", "oxbow_handshakes_refused_total",
        "oxbow_sessions_total", "oxbow_sessions_lost_total", "oxbow_steps_total", "oxbow_rounds_total",
        "oxbow_http_event_streams_dropped_total",
    ]

    static let families: [Family] = [
        Family(name: "oxbow_build_info", kind: .gauge, help: "1, with this build's version."),
        Family(name: "oxbow_ready", kind: .gauge, help: "1 while the broker listens and its journal can be written."),
        Family(name: "oxbow_workers", kind: .gauge, help: "Enrolled members by tier and what they do now; cores have tier core."),
        Family(name: "oxbow_sessions_total", kind: .counter, help: "Sessions that began."),
        Family(name: "oxbow_sessions_lost_total", kind: .counter, help: "Sessions that were lost."),
        Family(
            name: "oxbow_step_seconds", kind: .histogram,
            help: "From one committed step to the next, without those over a barrier.", bounds: seconds),
        Family(
            name: "oxbow_exchange_seconds", kind: .histogram,
            help: "From when a member could begin to its message, by its tier and exchange (1 to 7).", bounds: seconds),
        Family(name: "oxbow_steps_total", kind: .counter, help: "Steps that were committed."),
        Family(name: "oxbow_rounds_total", kind: .counter, help: "Rounds whose barrier was committed."),
        Family(name: "oxbow_run_active", kind: .gauge, help: "1 while a run is active."),
        Family(name: "oxbow_runs_queued", kind: .gauge, help: "Runs that wait for the active one to end."),
        Family(name: "oxbow_round", kind: .gauge, help: "The active run's round; 0 without one."),
        Family(name: "oxbow_rounds", kind: .gauge, help: "Rounds of the active run; 0 without one."),
        Family(name: "oxbow_awaited_seconds", kind: .gauge, help: "How long the active run has waited for the same thing."),
        Family(
            name: "oxbow_bulk_bytes_total", kind: .counter,
            help: "Bytes of bulk bodies that were passed on: up to the core, down to the edges."),
        Family(name: "oxbow_messages_received_total", kind: .counter, help: "Bulk messages that came."),
        Family(name: "oxbow_messages_delivered_total", kind: .counter, help: "Bulk messages that left for their receiver."),
        Family(name: "oxbow_messages_refused_total", kind: .counter, help: "Bulk messages that were late, repeated or foreign."),
        Family(
            name: "oxbow_messages_dropped_total", kind: .counter,
            help: "Bulk messages that were given up: their receiver was gone or their term over."),
        Family(name: "oxbow_held_messages", kind: .gauge, help: "Bulk messages in the broker now."),
        Family(name: "oxbow_held_bytes", kind: .gauge, help: "Bytes of bulk messages in the broker now."),
        Family(name: "oxbow_waiting_messages", kind: .gauge, help: "Messages that wait until their receiver takes more."),
        Family(name: "oxbow_credits", kind: .gauge, help: "Bulk messages that connected members may have under way, by role."),
        Family(name: "oxbow_credits_used", kind: .gauge, help: "Bulk messages that connected members have under way, by role."),
        Family(name: "oxbow_refusals_total", kind: .counter, help: "Messages that were answered with an error, by its code."),
        Family(name: "oxbow_operator_refusals_total", kind: .counter, help: "Requests to steer that were not an operator's."),
        Family(
            name: "oxbow_handshakes_refused_total", kind: .counter,
            help: "Connections that were refused, since their key does not count."),
        Family(name: "oxbow_loss", kind: .gauge, help: "Losses of the newest step, means over its workers."),
        Family(
            name: "oxbow_score", kind: .gauge,
            help: "Scores of workers' generators after the newest scored round: means over the workers that told theirs."),
        Family(name: "oxbow_scored_workers", kind: .gauge, help: "Workers that told scores of the newest scored round."),
        Family(
            name: "oxbow_cluster_divergence", kind: .gauge,
            help: "Mean divergence of a cluster's workers from their cluster, at the last barrier."),
        Family(name: "oxbow_cluster_workers", kind: .gauge, help: "Workers of a cluster at the last barrier."),
        Family(name: "oxbow_http_requests_total", kind: .counter, help: "Answered requests of this server, by status code."),
        Family(name: "oxbow_http_event_streams", kind: .gauge, help: "Event streams that are open."),
        Family(
            name: "oxbow_http_event_streams_dropped_total", kind: .counter, help: "Event streams of readers that were too slow."),
        Family(name: "process_start_time_seconds", kind: .gauge, help: "When this process began, in seconds since 1970."),
        Family(name: "process_resident_memory_bytes", kind: .gauge, help: "Memory of this process in RAM."),
        Family(name: "process_cpu_seconds_total", kind: .counter, help: "Processor time of this process."),
    ]
}
