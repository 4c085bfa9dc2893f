/// How far a step has come at one member; calls in another order are refused.
enum Stage: Int {
    case idle
    case generatorForward, discriminatorForward, discriminatorReturned, discriminatorStaged
    case discriminatorCommitted, regenerating
    case judgedForward, judgedReturned, generatorReturned, generatorStaged

    /// Throws `TrainingError` unless the stage is one of `allowed`.
    func require(_ allowed: Stage..., before action: String) throws {
        guard allowed.contains(self) else {
            let expected = allowed.map { "\($0)" }.joined(separator: " or ")
            throw TrainingError(
                action: "compute", subject: action, reason: "the step is at \(self), this needs \(expected)")
        }
    }
}

extension Half {
    /// Where a half is complete and may be committed.
    var end: Stage { self == .discriminator ? .discriminatorStaged : .generatorStaged }
}
