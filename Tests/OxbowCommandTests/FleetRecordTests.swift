import Foundation
import Logging
import OxbowModel
import OxbowReport
import OxbowRuntime
import OxbowScheduling
import Testing

@testable import OxbowProtocol
@testable import oxbow

/// Notes of a made-up fleet's run: who comes and goes, and what a record, a keeper and a page make of it.
enum FleetScript {
    static let plan = Plan(
        run: 7, seed: 1, model: ModelParameters(width: 0.25), batch: 16, rounds: 3, stepsPerRound: 1,
        optimizer: OptimizerSettings(),
        method: MethodSettings(
            name: .oxbow, start: .common, batches: .permutation, clusters: 0, plainRounds: 0, alpha: 1, signalSteps: 1),
        assignments: [assignment(0, 0), assignment(1, 0)])

    static func assignment(_ slot: UInt32, _ head: Int) -> Assignment {
        Assignment(
            slot: slot, workerID: "box-\(slot)", tier: "small",
            cuts: Cuts(generatorHead: head, generatorTail: 0, discriminatorHead: 0, discriminatorTail: 0), samples: 10)
    }

    static func round(_ number: UInt32, _ members: [UInt32]) -> [BrokerNote] {
        let half = HalfStep(round: number, step: 0, half: .discriminator)
        var notes: [BrokerNote] = [
            .ordered(StepControl(term: 1, members: members, commit: .nothing, next: .half(half, regenerate: false))),
            .committed(HalfStep(round: number, step: 0, half: .generator)),
        ]
        notes += members.map { .metrics(.edge($0), StepMetrics(round: number, step: 0, lossReal: 1, computeSeconds: 0.1)) }
        notes.append(
            .aggregation(
                AggregationReport(
                    round: number,
                    entries: members.map {
                        .init(
                            slot: $0, cluster: 0, clusterDivergence: 0, globalDivergence: 0, clusterWeight: 0.5,
                            globalWeight: 0.5)
                    })))
        notes.append(.timings(round: number, members.map { .init(member: .edge($0), exchange: 1, count: 4, medianSeconds: 0.5) }))
        return notes
    }

    static func barrier(_ number: UInt32, _ members: [UInt32]) -> BrokerNote {
        .barrier(
            round: number,
            digests: (members.map(MemberID.edge) + [.core()]).map {
                MemberDigest(member: $0, digest: [UInt8](repeating: 1, count: 32))
            },
            traffic: [:])
    }

    static var notes: [BrokerNote] {
        [
            .scheduled(planner: "exact", PlanCost(model: "physical", seconds: 0.2, lowerBound: 0.1, evaluations: 3)),
            .planned(plan),
        ] + round(1, [0, 1]) + [barrier(1, [0, 1])]
            + [.joined(.edge(2), workerID: "box-2", tier: "small", sessionEpoch: 1)] + round(2, [0, 1])
            + [.amended(round: 2, [assignment(0, 1), assignment(1, 0), assignment(2, 0)]), barrier(2, [0, 1])]
            + [.lost(.edge(1), reason: "silent")] + round(3, [0, 2])
            + [
                .deadlines(
                    round: 3,
                    [TierDeadline(tier: "small", exchange: 1, medianSeconds: 0.5, spreadSeconds: 0.1, deadlineSeconds: 3)]),
                barrier(3, [0, 2]), .ended(.finished),
            ]
    }
}

@Suite struct FleetRecordTests {
    @Test func aRecordKnowsAllThatEverTookPart() throws {
        var record = RunRecord()
        for (index, note) in FleetScript.notes.enumerated() { record.take(note, at: Double(index)) }
        #expect(record.workers.keys.sorted() == [0, 1, 2])
        #expect(record.workers[0]?.cuts.values == [1, 0, 0, 0], "the last cuts")
        #expect(record.committed.map(\.round.members) == [[0, 1], [0, 1], [0, 2]])
        #expect(record.plans.map(\.round) == [1, 3])
        #expect(record.plan?.assignments.count == 3)
        #expect(record.membership.map(\.event) == [.joined, .lost])
        #expect(record.membership.map(\.round) == [1, 2])
        #expect(record.timings.timings.map(\.count) == [12, 8, 4])
        #expect(record.deadlines.count == 1 && record.outcome == .finished)
    }

    @Test func aKeeperLeavesReportPlanLogAndArtifacts() throws {
        let folder = try TemporaryFolder()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let keeper = RunKeeper(try RunStore(folder.path, retain: 5), largestBody: 1 << 30, logger: logger)
        let settings = try keeper.accept(Submission(name: "base", experiment: "rounds: 3\nmodel: { width: 0.25, batch: 16 }\n"))
        #expect(settings.id == "base" && settings.template.rounds == 3)
        keeper.note(.started(run: "base", membership: .elastic))
        keeper.store("base", ArtifactKey(round: 3, name: "generator-0.safetensors"), Data([1]))
        keeper.store("other", ArtifactKey(round: 3, name: "generator-1.safetensors"), Data([1]))
        for note in FleetScript.notes { keeper.note(note) }
        keeper.finish()
        let names = Set(try keeper.files(of: "base").map(\.path))
        #expect(
            names.isSuperset(of: [
                "experiment.yaml", "generator-0.safetensors", "log.jsonl", "plan.json", "report.html", "report.json", "run.json",
            ]))
        let path = folder.path + "/base/report.json"
        let report = try Report(json: try #require(FileManager.default.contents(atPath: path)), subject: path)
        #expect(report.isFinished && report.isOfFleet && report.workers.map(\.name) == ["box-0", "box-1", "box-2"])
        #expect(report.rounds.last?.members == ["worker-0", "worker-2"] && report.plans?.count == 2)
        #expect(report.generators.map(\.file) == ["generator-0.safetensors"] && report.generators[0].workers.count == 2)
        #expect(report.scheduler?.gap == 0.5 && report.deadlines?.first?.deadlineSeconds == 3)
        let log = try keeper.log(of: "base", offset: 0, most: 1 << 20)
        let lines = log.bytes.split(separator: 10)
        #expect(lines.count == FleetScript.notes.count + 1)
        for line in lines { _ = try BrokerLine.decoder.decode(BrokerLine.self, from: Data(line)) }
        let summary = try #require(keeper.list(FleetStatus(members: [], runs: [])).first)
        #expect(summary.state == .finished && summary.round == 3 && summary.ended != nil)
    }

    @Test func whatCannotRunIsRefusedWithASentence() throws {
        let folder = try TemporaryFolder()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let keeper = RunKeeper(try RunStore(folder.path, retain: 5), largestBody: 80_000_000, logger: logger)
        let refused: [(Submission, String)] = [
            (Submission(experiment: "rounds: x"), "rounds"), (Submission(experiment: "["), "experiment"),
            (Submission(name: "a b", experiment: ""), "cannot be a run's name"),
            (Submission(imageHeight: 0, experiment: ""), "0x28x1"),
            (Submission(experiment: "model: { width: 2 }"), "--largest-message"),
        ]
        for (submission, words) in refused {
            let error = #expect(throws: OperatorRefusal.self, "\(words)") { try keeper.accept(submission) }
            #expect(error?.code == .unusable && error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        #expect(keeper.store.entries.isEmpty)
    }

    @Test func aQueuedRunThatIsStoppedHasEnded() throws {
        let folder = try TemporaryFolder()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let keeper = RunKeeper(try RunStore(folder.path, retain: 5), largestBody: 1 << 30, logger: logger)
        let id = try keeper.accept(Submission(name: "base", experiment: "")).id
        keeper.reconcile(
            FleetStatus(
                members: [],
                runs: [.init(id: id, state: .stopped, membership: .elastic, round: 0, rounds: 1, outcome: "stopped: by me")]))
        keeper.finish()
        #expect(keeper.store.entry(id)?.summary.state == .stopped && keeper.store.entry(id)?.summary.ended != nil)
    }
}

@Suite struct StatusTextTests {
    private func member(_ id: String, _ activity: FleetStatus.Activity, standby: String? = nil) -> FleetStatus.Member {
        FleetStatus.Member(
            id: id, workerID: "box\u{1B}[2J", tier: "small", isConnected: activity != .away, sessionEpoch: 1,
            silentSeconds: activity == .away ? nil : 0.4, activity: activity, round: 6, step: 3, standby: standby, gflops: 12,
            link: LinkQuality(), tags: ["arch": "x86"])
    }

    private var run: FleetStatus.Run {
        FleetStatus.Run(
            id: "base", state: .running, membership: .elastic, round: 6, rounds: 10, step: 25, stepsPerRound: 50,
            members: ["worker-0", "worker-1"], awaited: ["worker-1"], stepSeconds: 0.218, etaSeconds: 83,
            deadlines: ["small": 2.1], outcome: nil)
    }

    @Test func aRunUnderWayIsSeenAtAGlance() {
        let status = FleetStatus(
            members: [member("worker-0", .computing), member("worker-1", .away), member("worker-2", .idle, standby: "no place")],
            runs: [run])
        let text = StatusText(status: status).lines.joined(separator: "\n")
        for words in [
            "run base: running", "55 %", "round 6/10 step 25/50", "218 ms a step", "ETA 1:23", "waits for worker-1",
            "small 2.1 s", "computing", "away", "no place", "2 of 3 members connected",
        ] { #expect(text.contains(words), "\(words) is not in\n\(text)") }
        #expect(!text.contains("\u{1B}"), "names cannot steer a terminal")
        var few = StatusText(status: status)
        few.memberLimit = 1
        #expect(few.lines.contains("and 2 members more"))
    }

    @Test func numbersThatCannotBeDoNotCrash() {
        var odd = run
        (odd.rounds, odd.stepsPerRound, odd.round, odd.step) = (0, 0, .max, .max)
        (odd.stepSeconds, odd.etaSeconds) = (.infinity, .infinity)
        odd.deadlines = ["x": .infinity]
        #expect(StatusText.progress(odd).contains("0 %"))
        (odd.rounds, odd.stepsPerRound) = (1, 1)
        #expect(StatusText.progress(odd).contains("100 %"))
        _ = StatusText(status: FleetStatus(members: [], runs: [odd]), run: "base").lines
        #expect(StatusText.ago(.infinity) == "-" && StatusText.ago(90000) == "25 h ago" && StatusText.seconds(.nan) == "-")
    }

    @Test func whoConfirmedAndWhoWasAwayIsTold() {
        let fleet = [member("worker-0", .idle), member("worker-1", .away)]
        var ending = run
        ending.state = .stopped
        #expect(!ending.isOver, "worker-1 has not said yet that it knows")
        ending.awaited = []
        #expect(ending.isOver && StatusText.ending(.stopped, "stopped: by me") == "stopped: by me")
        #expect(
            StatusText.ending(.failed, "no quorum") == "failed: no quorum"
                && StatusText.ending(.finished, "finished") == "finished")
        let result = StopResult(run: "base", state: .stopped, ["worker-0", "worker-1"], fleet)
        #expect(result.sentence == "run base stopped; confirmed by worker-0; away: worker-1")
        #expect(StopResult(run: "base", state: .finished, wasOver: true).sentence == "run base had ended: finished")
    }
}
