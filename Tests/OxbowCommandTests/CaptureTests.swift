import Foundation
import OxbowData
import OxbowProtocol
import OxbowTrace
import OxbowWire
import Testing

/// What passes between a worker and its broker in a run, byte by byte: no image and no label, with or without encryption; with it,
/// nothing that could be read at all.
@Suite(.serialized) final class CaptureTests {
    /// Noise, so that no row is by chance elsewhere; one label, so that a batch's labels are known in whatever order.
    private static let (count, side, label, classes) = (48, 16, UInt8(211), 212)
    private static let pixels: [UInt8] = {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        return (0..<count * side * side).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }()
    private static let batch = 4
    private static let name = "a-worker-in-the-attic"

    private let folder: TemporaryFolder
    private var processes: [Oxbow.Running] = []

    init() throws {
        folder = try TemporaryFolder()
        let place = folder.path + "/data/noise"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try IDXArray(dimensions: [Self.count, Self.side, Self.side], bytes: Self.pixels).write(place + "/images-idx3-ubyte")
        try IDXArray(dimensions: [Self.count], bytes: [UInt8](repeating: Self.label, count: Self.count))
            .write(place + "/labels-idx1-ubyte")
    }

    deinit { for process in processes { process.signal(SIGKILL) } }

    private func start(_ arguments: [String]) throws -> Oxbow.Running {
        let process = try Oxbow.start(arguments, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        processes.append(process)
        return process
    }

    /// A whole run of one worker, whose connections go through the proxy.
    /// - Returns: what passed, and the bodies that the broker recorded.
    private func run(_ name: String, insecure: Bool) throws -> (captured: [[UInt8]], bodies: [[UInt8]]) {
        let file = try folder.write(
            "\(name).yaml",
            """
            model: { width: 0.0625, batch: \(Self.batch) }
            data: { domains: [noise] }
            fleet: [ { tier: small, workers: 1, domain: noise, cuts: [0, 0, 0, 0] } ]
            rounds: 1
            steps_per_round: 3
            """)
        let state = "\(folder.path)/\(name)"
        let plain = insecure ? ["--insecure"] : []
        let broker = try start(
            [
                "broker", "--bind", "tcp://127.0.0.1:*", "--state", state, "--experiment", file, "--trace", "full", "--image",
                "16x16x1",
            ]
                + ["--classes", "\(Self.classes)"] + plain)
        let endpoint = try broker.field("endpoint")
        let proxy = try RecordingProxy(to: try #require(UInt16(endpoint.split(separator: ":").last ?? "")))
        defer { proxy.stop() }
        let keys = insecure ? plain : ["--join", try Oxbow.token(state)]
        let emulated = ["--emulate", "gflops=50,outer_gflops=20,bytes_per_second=1e9"]
        let core = try start(["worker", "--connect", endpoint, "--role", "core"] + keys + emulated)
        let worker = try start(
            [
                "worker", "--connect", "tcp://127.0.0.1:\(proxy.port)", "--data", folder.path + "/data", "--domain", "noise",
                "--id", Self.name,
            ] + keys
                + emulated)
        if !broker.wait(until: { !$0.process.isRunning }) { broker.signal(SIGKILL) }
        let result = broker.finish()
        #expect(result.code == 0, "\(result.errors) \(worker.errors) \(core.errors)")
        #expect(worker.finish().code == 0 && core.finish().code == 0)
        let reader = try TraceReader("\(state)/runs/\(name)/run.oxtrace")
        var bodies: [[UInt8]] = []
        while let entry = reader.next() {
            guard let body = try reader.body(of: entry) else { continue }
            bodies.append(body)
            if let message = entry.record.message, case .bulk(let key) = message.envelope.content, key.direction == .up {
                try checkTensors(body, key.exchange)
            }
        }
        return (proxy.captured, bodies)
    }

    /// An edge's bodies hold tensors by number, or parameters by name; none has an image's shape.
    private func checkTensors(_ body: [UInt8], _ exchange: Exchange) throws {
        try body.withUnsafeBytes { bytes in
            for tensor in try BodyDecoder.decode(bytes) {
                #expect(exchange == .modelDeltas || Int(tensor.name) != nil, "\(tensor.name)")
                #expect(Array(tensor.shape.suffix(3)) != [Self.side, Self.side, 1], "\(exchange) \(tensor.shape)")
            }
        }
    }

    // MARK: What is looked for

    private static func bytes<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    /// As whatever a program would send them as.
    private static func forms(_ values: [Float]) -> [[UInt8]] {
        [
            bytes(values), bytes(values.map { Double($0) }),
            bytes(values.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }),
            bytes(values.map { half($0) }),
        ]
    }

    /// IEEE half precision, rounded to even; of -2...2, which is all that is asked for.
    private static func half(_ value: Float) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        let magnitude = value.magnitude
        if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
        let exponent = Int(magnitude.exponent)
        let mantissa = (magnitude.significand * 1024).rounded(.toNearestOrEven)
        return sign | UInt16((exponent + 14) * 1024 + Int(mantissa))
    }

    /// Rows and columns of the images, as pixels and normalised in the usual ways.
    private static let images: PatternSearch = {
        var search = PatternSearch()
        for image in 0..<count {
            for line in 0..<side {
                let row = (0..<side).map { pixels[image * side * side + line * side + $0] }
                let column = (0..<side).map { pixels[image * side * side + $0 * side + line] }
                for line in [row, column] {
                    search.add(line)
                    for form in forms(line.map { Float($0) / 127.5 - 1 }) + forms(line.map { Float($0) / 255 }) {
                        search.add(form)
                    }
                }
            }
        }
        return search
    }()

    private static let labels: PatternSearch = {
        var search = PatternSearch()
        let some = [UInt8](repeating: label, count: 8)
        search.add(some)
        let batch = some.prefix(CaptureTests.batch)
        for vector in [
            bytes(batch.map { Int16($0) }), bytes(batch.map { Int32($0) }), bytes(batch.map { Int64($0) }),
            bytes(batch.map { Int16($0).bigEndian }), bytes(batch.map { Int32($0).bigEndian }), bytes(batch.map { Float($0) }),
        ] { search.add(vector) }
        // One of many, for each of a batch: a single one is what a probe's zeros before the next frame look like.
        let one = (0..<CaptureTests.batch * classes).map { $0 % classes == Int(label) ? UInt8(1) : 0 }
        search.add(one)
        search.add(bytes(one.map { Float($0) }))
        return search
    }()

    /// Parts of the bodies that a worker and a core sent each other; of those that say something.
    private static func parts(of bodies: [[UInt8]]) -> PatternSearch {
        var search = PatternSearch()
        for body in bodies where body.count > 256 {
            for start in stride(from: body.count / 2, to: body.count - 32, by: 97) {
                let part = Array(body[start..<start + 32])
                if Set(part).count > 16 { search.add(part) }
            }
        }
        return search
    }

    @Test func noImageAndNoLabelPasses() throws {
        let (captured, bodies) = try run("plain", insecure: true)
        let activations = Self.parts(of: bodies)
        // Both lanes both ways; and what does pass is found.
        #expect(captured.count == 4 && captured.reduce(0) { $0 + $1.count } > 50_000)
        #expect(activations.count > 1000 && activations.occurrences(in: captured) >= activations.count)
        #expect(Self.images.occurrences(in: captured) == 0)
        #expect(Self.labels.occurrences(in: captured) == 0)

        let (hidden, hiddenBodies) = try run("encrypted", insecure: false)
        let hiddenActivations = Self.parts(of: hiddenBodies)
        #expect(hidden.count >= 4 && hidden.reduce(0) { $0 + $1.count } > 50_000 && hiddenActivations.count > 1000)
        #expect(hiddenActivations.occurrences(in: hidden) == 0)
        #expect(Self.images.occurrences(in: hidden) == 0 && Self.labels.occurrences(in: hidden) == 0)
        // Nor names, in the clear.
        var names = PatternSearch()
        names.add(Array(Self.name.utf8))
        #expect(names.occurrences(in: hidden) == 0 && names.occurrences(in: captured) > 0)
    }

    /// Whatever would be sent is found, wherever it would be.
    @Test func theSearchFindsEachForm() {
        let noise = Self.pixels.reversed().map { $0 ^ 0x55 }
        func found(_ search: PatternSearch, _ bytes: [UInt8]) -> Int {
            search.occurrences(in: [noise.prefix(777) + bytes + noise])
        }
        let row = Array(Self.pixels[16 * 37..<16 * 38])
        #expect(found(Self.images, []) == 0 && found(Self.labels, []) == 0)
        #expect(found(Self.images, row) == 1)
        for form in Self.forms(row.map { Float($0) / 127.5 - 1 }) { #expect(found(Self.images, form) == 1) }
        #expect(Self.half(1) == 0x3c00 && Self.half(-0.5) == 0xb800 && Self.half(0) == 0 && Self.half(Float(1) / 3) == 0x3555)
        #expect(found(Self.labels, [UInt8](repeating: Self.label, count: 8)) == 1)
        #expect(found(Self.labels, Self.bytes([Int32](repeating: Int32(Self.label), count: Self.batch))) == 1)
        let one = (0..<Self.batch * Self.classes).map { $0 % Self.classes == Int(Self.label) ? Float(1) : 0 }
        #expect(found(Self.labels, Self.bytes(one)) == 1)
        #expect(found(Self.labels, Self.bytes([Int64](repeating: Int64(Self.label), count: Self.batch))) >= 1)
    }
}
