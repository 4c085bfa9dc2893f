import CFuzzMemory

/// One reader of bytes that others wrote, and what must hold whatever the bytes are.
struct FuzzTarget: Sendable {
    var name: String
    /// Traps when a property does not hold; a reader's own refusal is fine.
    var run: @Sendable (UnsafeRawBufferPointer) -> Void
    /// Bytes as our own writers make them, by file name.
    var seeds: @Sendable () throws -> [String: [UInt8]]
    /// Words that a mutation would hardly find by itself.
    var words: [String] = []

    static let all: [FuzzTarget] = [
        .envelope, .control, .body, .operatorMessages, .enrolment, .state, .idx, .experiment, .fleet, .model, .report, .trace,
        .journal,
    ]
}

/// Ends the run: the input that is tried is kept, with this sentence above it.
func require(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError("property broken: \(what())") }
}

/// What `body` gives, while it takes at most `limit_bytes` of memory at one time.
func withinMemory<Result>(_ limit_bytes: Int, _ body: () -> Result) -> Result {
    fuzz_memory_begin()
    let result = body()
    let peak = fuzz_memory_peak()
    require(peak <= limit_bytes, "\(peak) bytes were taken, \(limit_bytes) are allowed")
    return result
}
