/// A machine by name, whose pace another one can keep.
public struct DeviceProfile: Hashable, Sendable {
    public var name: String
    public var device: Device

    public init(name: String, device: Device) {
        self.name = name
        self.device = device
    }

    /// What an emulated machine says of its speed: the same at every width.
    public var speeds: [KernelSpeed] {
        [KernelSpeed(width: 1, gflops: device.gflops, outerGflops: device.outerGflops)]
    }

    /// The published seven, and a few that people have.
    public static let known: [DeviceProfile] =
        PublishedFleet.devices.enumerated().map {
            DeviceProfile(name: PublishedFleet.tier($0.offset), device: $0.element)
        } + usual

    public static func named(_ name: String) -> DeviceProfile? { known.first { $0.name == name } }

    // Round numbers for one thread of float32 convolutions, a fifth of it in the outermost blocks, over the network that
    // such a machine usually has: right within a factor of two. Whoever owns one measures it (`oxbow doctor`) and names the
    // numbers in a profile of its own.
    private static let usual = [
        DeviceProfile(
            name: "pi4",
            device: Device(gflops: 5, outerGflops: 1, bytesPerSecond: 100e6, latencySeconds: 0.5e-3, memory: 4 << 30)),
        DeviceProfile(
            name: "pi5",
            device: Device(gflops: 15, outerGflops: 3, bytesPerSecond: 100e6, latencySeconds: 0.5e-3, memory: 8 << 30)),
        // Over a wireless network.
        DeviceProfile(
            name: "laptop",
            device: Device(gflops: 50, outerGflops: 10, bytesPerSecond: 30e6, latencySeconds: 2e-3, memory: 16 << 30)),
        DeviceProfile(
            name: "server",
            device: Device(gflops: 100, outerGflops: 20, bytesPerSecond: 1.25e9, latencySeconds: 0.1e-3, memory: 64 << 30)),
    ]
}
