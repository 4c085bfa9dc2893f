import OxbowProtocol
import Testing

@testable import OxbowWire

@Suite struct RoundTripTests {
    @Test func everyEnvelopeComesBack() throws {
        for (name, envelope) in Samples.envelopes {
            let bytes = try EnvelopeCodec.encode(envelope)
            #expect(try decodeEnvelope(bytes) == envelope, "\(name)")
            #expect(bytes.count <= 100, "an envelope is small, not \(bytes.count) bytes")
        }
    }

    @Test func everyControlMessageComesBack() throws {
        for (name, message) in Samples.messages {
            #expect(try decodeControl(ControlCodec.encode(message)) == message, "\(name)")
        }
    }

    @Test func extremeMessagesComeBackWithinTheirLimits() throws {
        for message in Samples.extremeMessages {
            let bytes = try ControlCodec.encode(message)
            #expect(try decodeControl(bytes) == message, "\(message.name) of \(bytes.count) bytes")
            switch message {
            case .hello: #expect(bytes.count <= WireLimits.helloBytes)
            case .aggregation: #expect(bytes.count <= WireLimits.controlBytesToBroker)
            default: #expect(bytes.count <= WireLimits.controlBytes)
            }
        }
    }

    @Test(arguments: ErrorCode.allCases) func everyErrorCodeComesBack(_ code: ErrorCode) throws {
        let message = ControlMessage.error(code, message: "\(code)")
        #expect(try decodeControl(ControlCodec.encode(message)) == message)
    }

    @Test func notANumberIsKeptInALoss() throws {
        let bytes = try ControlCodec.encode(.metrics(StepMetrics(round: 1, step: 1, lossReal: .nan)))
        guard case .metrics(let metrics) = try decodeControl(bytes) else {
            Issue.record("not metrics")
            return
        }
        #expect(metrics.lossReal.isNaN)
    }

    @Test func bytesDoNotDependOnTheOrderOfTags() throws {
        let keys = (0..<40).map { "key\($0)" }
        func encoded(_ keys: [String]) throws -> [UInt8] {
            var hello = Samples.hello
            hello.capabilities.tags = [:]
            for key in keys { hello.capabilities.tags[key] = "value" }
            return try ControlCodec.encode(.hello(hello))
        }
        #expect(try encoded(keys) == encoded(keys.reversed()))
    }

    @Test func textForPeopleIsCutBetweenCharacters() throws {
        let long = String(repeating: "ö\0", count: 2000)
        guard case .error(_, let text) = try decodeControl(ControlCodec.encode(.error(.runFailed, message: long))) else {
            Issue.record("not an error")
            return
        }
        #expect(text.utf8.count <= WireLimits.messageBytes && text.utf8.count > WireLimits.messageBytes - 4)
        #expect(text.hasPrefix("ö\u{FFFD}ö"))
    }

    /// proto/ and the Swift enums list the same numbers. Two encodings that differ in the enum only show its byte.
    @Test func enumsOfTheWireAreThoseOfTheMessages() throws {
        func envelope(_ change: (inout ExchangeKey) -> Void) throws -> [UInt8] {
            var key = Samples.key
            change(&key)
            return try EnvelopeCodec.encode(Envelope(content: .bulk(key)))
        }
        try expectNumbers(of: Exchange.self, { n in try envelope { $0.exchange = n } }) { _ = try decodeEnvelope($0) }
        try expectNumbers(of: Direction.self, { n in try envelope { $0.direction = n } }) { _ = try decodeEnvelope($0) }

        func hello(_ change: (inout Hello) -> Void) throws -> [UInt8] {
            var hello = Samples.hello
            change(&hello)
            return try ControlCodec.encode(.hello(hello))
        }
        func plan(_ change: (inout MethodSettings) -> Void) throws -> [UInt8] {
            var plan = Samples.plan
            change(&plan.method)
            return try ControlCodec.encode(.plan(plan, startBarrier: 0, term: 1))
        }
        func step(_ half: Half) throws -> [UInt8] {
            let half = HalfStep(round: 1, step: 2, half: half)
            return try ControlCodec.encode(
                .stepControl(StepControl(term: 1, members: [], commit: .half(half), next: .pause)))
        }
        let accept = { (bytes: [UInt8]) throws in _ = try decodeControl(bytes) }
        try expectNumbers(of: Role.self, { n in try hello { $0.role = n } }, accept)
        try expectNumbers(of: Lane.self, { n in try hello { $0.lane = n } }, accept)
        try expectNumbers(of: MethodSettings.Name.self, { n in try plan { $0.name = n } }, accept)
        try expectNumbers(of: MethodSettings.Start.self, { n in try plan { $0.start = n } }, accept)
        try expectNumbers(of: MethodSettings.Batches.self, { n in try plan { $0.batches = n } }, accept)
        try expectNumbers(of: Half.self, step, accept)
    }

    private func expectNumbers<Number: RawRepresentable & CaseIterable>(
        of type: Number.Type, _ encode: (Number) throws -> [UInt8], _ decode: ([UInt8]) throws -> Void
    ) throws where Number.RawValue == UInt8 {
        let cases = Array(type.allCases)
        var bytes = try encode(cases[0])
        let other = try encode(cases[1])
        let places = bytes.indices.filter { bytes[$0] != other[$0] }
        #expect(places.count == 1, "\(type)")
        for number in UInt8(0)..<128 {
            bytes[places[0]] = number
            let accepted = (try? decode(bytes)) != nil
            #expect(accepted == (Number(rawValue: number) != nil), "\(type) \(number)")
        }
    }
}
