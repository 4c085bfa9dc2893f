import Foundation
import Testing

@testable import OxbowReport

@Suite struct ReportFileTests {
    @Test func whatIsWrittenIsReadAgain() throws {
        let report = try Samples.report()
        #expect(try Report(json: report.json(), subject: "x") == report)
    }

    @Test func numbersThatAreNoneSurvive() throws {
        var report = try Samples.report()
        report.rounds[0].loss = .init(dReal: .nan, dFake: .infinity, g: -.infinity)
        let read = try Report(json: report.json(), subject: "x")
        #expect(read.rounds[0].loss.dReal.isNaN && read.rounds[0].loss.dFake == .infinity && read.rounds[0].loss.g == -.infinity)
    }

    @Test func namesAreThoseOfTheInterface() throws {
        let object = try JSONSerialization.jsonObject(with: try Samples.report().json())
        let report = try #require(object as? [String: Any])
        for key in [
            "version", "experiment", "seed", "state_hash", "rounds", "workers", "domains", "throughput", "wire", "generators",
        ] {
            #expect(report[key] != nil, "\(key) is missing")
        }
        let round = try #require((report["rounds"] as? [[String: Any]])?.first)
        for key in [
            "round", "steps", "seconds", "hash", "clusters", "weights", "divergence", "loss", "bytes", "seconds_by", "domains",
        ] {
            #expect(round[key] != nil, "\(key) is missing")
        }
        let worker = try #require((report["workers"] as? [[String: Any]])?.first)
        for key in ["id", "tier", "domain", "samples", "cuts", "cuts_by", "bytes_sent", "bytes_received", "seconds_by"] {
            #expect(worker[key] != nil, "\(key) is missing")
        }
        let domain = try #require((report["domains"] as? [String: [String: Any]])?["fashion_mnist"])
        for key in ["image_score", "fid", "label_accuracy", "classification", "per_worker"] {
            #expect(domain[key] != nil, "\(key) is missing")
        }
    }

    @Test func whatIsNoReportIsRefusedInASentence() throws {
        let whole = String(decoding: try Samples.report().json(), as: UTF8.self)
        for (text, words) in [
            ("", "not a report in JSON"), ("{", "not a report in JSON"), ("[]", "of another kind"), ("{}", "lacks '"),
            (
                whole.replacingOccurrences(of: "\"state_hash\"", with: "\"x\"").replacingOccurrences(
                    of: "\"seed\"", with: "\"y\""), "seed"
            ),
            (whole.replacingOccurrences(of: "\"d_real\" : 0.475", with: "\"d_real\" : \"many\""), "loss"),
            (whole.replacingOccurrences(of: "\"version\" : 1", with: "\"version\" : 9"), "version 9"),
            (whole.replacingOccurrences(of: "\"round\" : 3", with: "\"round\" : 1"), "rounds do not rise"),
        ] {
            let error = #expect(throws: ReportError.self) { try Report(json: Data(text.utf8), subject: "report.json") }
            let sentence = "\(error?.description ?? "")"
            #expect(sentence.hasPrefix("Unable to read 'report.json': ") && sentence.contains(words), "\(sentence)")
        }
    }
}
