import Foundation
import OxbowExperiment
import OxbowScheduling
import Testing

@Suite struct DeviceProfileTests {
    private let device = Device(
        gflops: 2, outerGflops: 0.5, bytesPerSecond: 50e6, latencySeconds: 0.005, memory: 512 << 20)

    @Test func aProfileIsANameNumbersOrAFile() throws {
        #expect(try DeviceProfile.load("device1").device == PublishedFleet.devices[0])
        let text = "gflops=2,outer_gflops=0.5,bytes_per_second=50e6,latency=5ms,memory=512MiB"
        #expect(try DeviceProfile.load(text).device == device)
        #expect(
            try DeviceProfile.load("gflops=2,bytes_per_second=50MB").device == Device(gflops: 2, bytesPerSecond: 50e6))
        let path = NSTemporaryDirectory() + "oxbow-profile-\(UUID().uuidString).yaml"
        let yaml = "gflops: 2\nouter_gflops: 0.5\nbytes_per_second: 50e6\nlatency: 0.005\nmemory: 512MiB\n"
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try DeviceProfile.load(path).device == device)
    }

    @Test(arguments: [
        ("pi6", "Unable to emulate 'pi6': there is no such device. Name one of device1, device2,"),
        ("./pi6.yaml", "Unable to read './pi6.yaml': it cannot be opened."),
        ("gflops=2", "Unable to use 'bytes_per_second': it is left out."),
        ("gflops=2,gflops=3", "Unable to emulate 'gflops=2,gflops=3': 'gflops=3' is not key=value, or its key comes twice."),
        ("gflops=2,fast", "Unable to emulate 'gflops=2,fast': 'fast' is not key=value, or its key comes twice."),
        ("gflop=2,bytes_per_second=1", "Unable to use 'gflop': there is no such key in the device profile. Did you mean"),
        ("gflops=0,bytes_per_second=1", "Unable to use 'gflops': its value is '0'."),
        ("gflops=1,bytes_per_second=1,latency=soon", "Unable to use 'latency': its value is 'soon'. Allowed: a time up to"),
    ])
    func everyMistakeIsExplained(_ text: String, _ beginning: String) {
        let error = #expect(throws: ExperimentError.self) { try DeviceProfile.load(text) }
        #expect(error?.description.hasPrefix(beginning) == true, "\(error?.description ?? "")")
    }
}
