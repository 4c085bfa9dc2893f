import Foundation
import Testing

/// `oxbow bench`: its pieces run and tell numbers; how large these are is not judged here.
@Suite struct BenchTests {
    private typealias Object = [String: Any]

    private func result(_ arguments: [String]) throws -> Object {
        let result = try Oxbow.run(["bench"] + arguments + ["--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? Object)
    }

    private func rows(_ result: Object, _ group: String) throws -> [Object] {
        let rows = try #require(result["rows"] as? [Object])
        return rows.filter { $0["group"] as? String == group }
    }

    /// Each field is there and a number above 0.
    private func expectNumbers(_ row: Object, _ keys: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for key in keys {
            let number = row[key] as? Double
            #expect(number.map { $0 > 0 && $0.isFinite } == true, "\(key): \(row)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: ["ipc", "tcp"]) func routeMeasuresBrokerAndForwarder(transport: String) throws {
        let found = try result([
            "route", "--seconds", "0.02", "--turns", "2", "--workers", "2", "--size", "100000", "--transport", transport,
        ])
        #expect(found["bench"] as? String == "route")
        #expect((found["settings"] as? Object)?["transport"] as? String == transport)
        let bulk = try #require(try rows(found, "bulk").first)
        expectNumbers(bulk, ["broker_gigabytes_per_second", "forwarder_gigabytes_per_second", "ratio"])
        let small = try #require(try rows(found, "small messages").first)
        expectNumbers(small, ["broker_messages_per_second", "forwarder_messages_per_second", "ratio"])
        let trips = try rows(found, "round trip, one message in flight")
        #expect(trips.count == 2)
        for trip in trips {
            expectNumbers(
                trip,
                [
                    "broker_p50_microseconds", "broker_p99_microseconds", "forwarder_p50_microseconds",
                    "forwarder_p99_microseconds",
                ])
            #expect(trip["added_p50_microseconds"] is Double)
        }
        let memory = try #require(try rows(found, "broker memory").first)
        expectNumbers(memory, ["before_bytes", "peak_bytes", "bound_bytes", "credits"])
        #expect(memory["credits"] as? Double == 8)
    }

    @Test func wireMeasuresMessagesAndBodies() throws {
        let folder = try TemporaryFolder()
        let found = try result(["wire", "--seconds", "0.002", "--size", "4096", "--out", folder.path + "/wire.json"])
        #expect(try rows(found, "messages").count == 8)
        for row in try rows(found, "messages") { expectNumbers(row, ["bytes", "encode_nanoseconds", "decode_nanoseconds"]) }
        let body = try #require(try rows(found, "bodies").first)
        expectNumbers(body, ["encode_gigabytes_per_second", "encode_ratio", "decode_gigabytes_per_second", "decode_ratio"])
        let machine = try #require(found["machine"] as? Object)
        for key in ["version", "date", "processor", "instruction_set", "dnnl", "zeromq"] {
            #expect((machine[key] as? String)?.isEmpty == false, "\(key)")
        }
        let file = try JSONSerialization.jsonObject(with: Data(folder.text("wire.json").utf8)) as? Object
        #expect((file?["rows"] as? [Object])?.count == 9)
    }

    @Test func theTableIsReadable() throws {
        let result = try Oxbow.run(["bench", "wire", "--seconds", "0.001", "--size", "4096"])
        #expect(result.code == 0)
        let lines = result.output.split(separator: "\n")
        let start = try #require(lines.firstIndex(of: "messages"))
        #expect(lines[start + 1].contains("encode ns") && lines[start + 2].hasPrefix("envelope"))
        #expect(lines[start + 1].count == lines[start + 2].count, "columns are aligned")
    }

    @Test func badOptionsAreRefusedInOneSentence() throws {
        let cases = [
            (["route", "--seconds", "0"], "--seconds"), (["route", "--workers", "0"], "--workers"),
            (["route", "--turns", "-1"], "turns"), (["route", "--size", "0"], "--size"),
            (["route", "--size", "2000000000"], "--size"), (["route", "--transport", "smoke"], "transport"),
            (["wire", "--size", "6"], "--size"), (["wire", "--format", "xml"], "format"),
        ]
        for (arguments, word) in cases {
            let result = try Oxbow.run(["bench"] + arguments)
            #expect(result.code == 2, "\(arguments): \(result.errors)")
            #expect(result.errors.contains(word) && result.output.isEmpty, "\(arguments): \(result.errors)")
        }
        let result = try Oxbow.run(["bench", "wire", "--seconds", "0.001", "--size", "64", "--out", "/proc/no/file.json"])
        #expect(result.code == 7 && result.sentence.contains("Unable to"), "\(result.errors)")
    }
}
