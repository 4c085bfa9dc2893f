import Foundation
import Testing

/// `oxbow bench kernels` and `step`, with the smallest numbers there are.
@Suite(.serialized) struct BenchStepTests {
    private func result(_ arguments: [String]) throws -> [String: Any] {
        let result = try Oxbow.run(["bench"] + arguments + ["--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    private func rows(_ result: [String: Any]) throws -> [[String: Any]] {
        try #require(result["rows"] as? [[String: Any]])
    }

    @Test func kernelsAreMeasuredBesideOneDNN() throws {
        let result = try result(["kernels", "--width", "0.0625", "--batch", "2", "--rounds", "1"])
        let rows = try rows(result)
        let layers = rows.filter { $0["group"] as? String == "layers" }
        // Ten blocks in three passes, and the one with the label's channel backwards twice.
        #expect(layers.count == 31)
        for row in layers {
            for key in ["times", "ours_milliseconds", "bare_milliseconds", "ratio"] {
                #expect(row[key] as? Double ?? 0 > 0, "\(row["name"] ?? "") \(key)")
            }
        }
        let sum = try #require(rows.first { $0["name"] as? String == "sum" })
        let expected = layers.reduce(0.0) {
            $0 + ($1["times"] as? Double ?? 0) * ($1["ours_milliseconds"] as? Double ?? 0)
        }
        #expect(abs((sum["ours_milliseconds"] as? Double ?? 0) - expected) < 1e-9 * expected)
        #expect((result["machine"] as? [String: Any])?["cores"] as? Int ?? 0 > 0)
    }

    @Test func stepsAreMeasuredWithRealProcessesBesideAnother() throws {
        let folder = try TemporaryFolder()
        let other = "sh " + (try folder.write("other.sh", "echo '{\"seconds\": [2, 4], \"samples_per_step\": 8}'"))
        let rows = try rows(
            result(
                [
                    "step", "--workers", "2", "--width", "0.0625", "--batch", "4", "--steps", "2", "--turns", "1",
                    "--transport", "ipc", "--beside", other,
                ]))
        let ours = try #require(rows.first { $0["name"] as? String == "oxbow over ipc" })
        let seconds = try #require(ours["step_milliseconds"] as? Double) / 1000
        #expect(seconds > 0)
        #expect(abs((ours["samples_per_second"] as? Double ?? 0) * seconds - 8) < 1e-6)
        #expect(abs((ours["times_other_1"] as? Double ?? 0) - 3 / seconds) < 1e-6 / seconds)
        for role in ["broker", "core", "worker"] {
            let row = try #require(rows.first { $0["name"] as? String == "\(role) over ipc" })
            #expect(row["peak_mebibytes"] as? Double ?? 0 > 15, "\(role)")
            #expect(row["cpu_milliseconds_per_step"] as? Double ?? 0 > 0, "\(role)")
        }
    }

    private static let bad: [([String], Int32)] = [
        (["kernels", "--batch", "0"], 2),
        (["step", "--workers", "0"], 2),
        (
            [
                "step", "--workers", "1", "--width", "0.0625", "--batch", "2", "--steps", "2", "--turns", "1",
                "--transport", "ipc", "--beside", "false",
            ], 8
        ),
    ]

    @Test(arguments: bad)
    func badInputIsOneSentence(_ arguments: [String], _ code: Int32) throws {
        let result = try Oxbow.run(["bench"] + arguments)
        #expect(result.code == code, "\(result.errors)")
        #expect(result.sentence.contains("Unable to "), "\(result.errors)")
    }
}
