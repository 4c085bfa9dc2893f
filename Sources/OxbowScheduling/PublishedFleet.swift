import OxbowRandom

/// The published machines (algorithm.md, section 7), and fleets drawn from them.
public enum PublishedFleet {
    public static let core = CoreDevice(gflops: 672, bytesPerSecond: 1e9)

    /// `device1` to `device7`: MHz, FLOP a cycle, rate. The published code divides bytes by the rate, whatever its name.
    public static let devices: [Device] = [
        (480.0, 1.0, 50e6), (6000, 8, 150e6), (15600, 8, 1e9), (5720, 8, 300e6), (4000, 4, 50e6), (9000, 4, 100e6),
        (12000, 10, 800e6),
    ].map { Device(gflops: $0.0 * 1e-3 * $0.1, bytesPerSecond: $0.2) }

    public static func tier(_ device: Int) -> String { "device\(device + 1)" }

    /// Workers that each are one of the seven, every one equally likely.
    public static func draw(_ count: Int, seed: UInt64) -> [Candidate] {
        var stream = RandomStream(seed: seed, purpose: .planning)
        return (0..<count).map { index in
            let device = stream.below(devices.count)
            return Candidate(id: "worker-\(index + 1)", tier: tier(device), device: devices[device])
        }
    }

    /// As `draw`, with speed and rate each between a half and one and a half of the drawn one's.
    public static func drawDifferent(_ count: Int, seed: UInt64) -> [Candidate] {
        var stream = RandomStream(seed: seed, purpose: .planning, slot: 1)
        return draw(count, seed: seed).map { worker in
            var worker = worker
            let speed = 0.5 + stream.uniformDouble()
            worker.device?.gflops *= speed
            worker.device?.outerGflops *= speed
            worker.device?.bytesPerSecond *= 0.5 + stream.uniformDouble()
            return worker
        }
    }
}
