import Foundation
import Testing

@testable import oxbow

/// What containers and service managers say and limit.
@Suite struct EnvironmentOptionsTests {
    @Test func theCommandLineGoesBeforeTheEnvironment() {
        let environment = [
            "OXBOW_CONNECT": "tcp://broker:5555", "OXBOW_TIER": "small", "OXBOW_TAGS": "a=b,c=d", "OXBOW_INSECURE": "1",
            "OXBOW_DOMAIN": "", "OXBOW_STATE_POOL": "/pool", "OXBOW_BIND": "tcp://*:1",
        ]
        func arguments(_ said: [String]) -> [String] { EnvironmentOptions.adding(environment, to: said) }
        #expect(
            arguments(["worker", "--tier=large"]) == [
                "worker", "--insecure", "--connect=tcp://broker:5555", "--tag=a=b", "--tag=c=d", "--state-pool=/pool",
                "--tier=large",
            ])
        #expect(!arguments(["worker", "--state", "x"]).contains { $0.contains("pool") })
        #expect(arguments(["status", "run"]) == ["status", "--connect=tcp://broker:5555", "--insecure", "run"])
        #expect(arguments(["broker", "--supervised"]) == ["broker", "--supervised"])
        #expect(arguments(["run"]) == ["run"] && arguments([]) == [])
    }

    @Test func theEnvironmentIsReadByTheProgram() throws {
        let result = try Oxbow.run(["worker", "--role", "core"], environment: ["OXBOW_CONNECT": "nonsense"])
        #expect(result.code == 2 && result.sentence.contains("'nonsense'"), "\(result.errors)")
    }

    @Test func limitsOfAContainerAreFound() throws {
        let folder = try TemporaryFolder()
        func write(_ path: String, _ text: String) throws {
            let url = URL(fileURLWithPath: folder.path + path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        #expect(ControlGroup(root: folder.path).memoryBytes == nil)
        try write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
        try write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n")
        try write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
        let open = ControlGroup(root: folder.path)
        #expect(open.memoryBytes == nil && open.processors == nil)
        try write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n")
        try write("/sys/fs/cgroup/memory.max", "max\n")
        try write("/proc/self/cgroup", "0::/system.slice/oxbow.service\n")
        try write("/sys/fs/cgroup/system.slice/oxbow.service/memory.max", "536870912\n")
        try write("/sys/fs/cgroup/system.slice/oxbow.service/cpu.max", "150000 100000\n")
        let limited = ControlGroup(root: folder.path)
        #expect(limited.memoryBytes == 512 << 20 && limited.processors == 0.5)
        #expect(MachineFacts(limited).cores == 1 && MachineFacts(limited).memoryBytes == 512 << 20)
    }
}
