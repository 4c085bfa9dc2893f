import COxbowWire
import OxbowProtocol

extension WireArena {
    func stepControl(_ control: StepControl) -> UnsafeMutablePointer<Oxbow__V1__StepControl> {
        new(oxbow__v1__step_control__init) {
            $0.term = control.term
            $0.n_members = control.members.count
            $0.members = array(control.members)
            fill(&$0, commit: control.commit)
            fill(&$0, next: control.next)
            if let amendment = control.amendment { $0.amendment = self.amendment(amendment) }
        }
    }

    private func fill(_ message: inout Oxbow__V1__StepControl, commit: StepControl.Commit) {
        switch commit {
        case .nothing:
            message.commit_case = OXBOW__V1__STEP_CONTROL__COMMIT_COMMIT_NOTHING
            message.commit_nothing = new(oxbow__v1__nothing__init) { _ in }
        case .half(let half):
            message.commit_case = OXBOW__V1__STEP_CONTROL__COMMIT_COMMIT_HALF
            message.commit_half = halfStep(half)
        case .barrier(let round):
            message.commit_case = OXBOW__V1__STEP_CONTROL__COMMIT_COMMIT_BARRIER
            message.commit_barrier = round
        }
    }

    private func fill(_ message: inout Oxbow__V1__StepControl, next: StepControl.Next) {
        switch next {
        case .pause:
            message.next_case = OXBOW__V1__STEP_CONTROL__NEXT_NEXT_PAUSE
            message.next_pause = new(oxbow__v1__nothing__init) { _ in }
        case .half(let half, let regenerate):
            message.next_case = OXBOW__V1__STEP_CONTROL__NEXT_NEXT_HALF
            message.next_half = new(oxbow__v1__half_order__init) {
                $0.step = halfStep(half)
                $0.regenerate = regenerate ? 1 : 0
            }
        case .barrier(let round):
            message.next_case = OXBOW__V1__STEP_CONTROL__NEXT_NEXT_BARRIER
            message.next_barrier = round
        case .rest:
            message.next_case = OXBOW__V1__STEP_CONTROL__NEXT_NEXT_REST
            message.next_rest = new(oxbow__v1__nothing__init) { _ in }
        case .finish:
            message.next_case = OXBOW__V1__STEP_CONTROL__NEXT_NEXT_FINISH
            message.next_finish = new(oxbow__v1__nothing__init) { _ in }
        }
    }

    private func amendment(_ assignments: [Assignment]) -> UnsafeMutablePointer<Oxbow__V1__Amendment> {
        let assignments = assignments.map { assignment($0) as UnsafeMutablePointer<Oxbow__V1__Assignment>? }
        return new(oxbow__v1__amendment__init) {
            $0.n_assignments = assignments.count
            $0.assignments = array(assignments)
        }
    }

    private func halfStep(_ half: HalfStep) -> UnsafeMutablePointer<Oxbow__V1__HalfStep> {
        new(oxbow__v1__half_step__init) {
            $0.round = half.round
            $0.step = half.step
            $0.half = Oxbow__V1__Half(UInt32(half.half.rawValue))
        }
    }
}

extension StepControl {
    init(_ control: Oxbow__V1__StepControl) throws(WireError) {
        self.init(
            term: control.term,
            members: Array(UnsafeBufferPointer(start: control.members, count: control.n_members)),
            commit: try Commit(control), next: try Next(control), amendment: try Self.amendment(control))
    }
}

extension StepControl {
    private static func amendment(_ control: Oxbow__V1__StepControl) throws(WireError) -> [Assignment]? {
        guard let amendment = control.amendment?.pointee else { return nil }
        return try [Assignment](amendment.assignments, count: amendment.n_assignments)
    }
}

extension StepControl.Commit {
    fileprivate init(_ control: Oxbow__V1__StepControl) throws(WireError) {
        switch control.commit_case {
        case OXBOW__V1__STEP_CONTROL__COMMIT_COMMIT_NOTHING: self = .nothing
        case OXBOW__V1__STEP_CONTROL__COMMIT_COMMIT_HALF:
            self = .half(try HalfStep(part(control.commit_half, "step control")))
        case OXBOW__V1__STEP_CONTROL__COMMIT_COMMIT_BARRIER: self = .barrier(control.commit_barrier)
        default: throw .malformed("step control", "its commit is missing")
        }
    }
}

extension StepControl.Next {
    fileprivate init(_ control: Oxbow__V1__StepControl) throws(WireError) {
        switch control.next_case {
        case OXBOW__V1__STEP_CONTROL__NEXT_NEXT_PAUSE: self = .pause
        case OXBOW__V1__STEP_CONTROL__NEXT_NEXT_HALF:
            let order = try part(control.next_half, "step control")
            self = .half(try HalfStep(part(order.step, "step control")), regenerate: order.regenerate != 0)
        case OXBOW__V1__STEP_CONTROL__NEXT_NEXT_BARRIER: self = .barrier(control.next_barrier)
        case OXBOW__V1__STEP_CONTROL__NEXT_NEXT_REST: self = .rest
        case OXBOW__V1__STEP_CONTROL__NEXT_NEXT_FINISH: self = .finish
        default: throw .malformed("step control", "its next is missing")
        }
    }
}

extension HalfStep {
    fileprivate init(_ half: Oxbow__V1__HalfStep) throws(WireError) {
        self.init(round: half.round, step: half.step, half: try known(half.half.rawValue, "step control"))
    }
}
