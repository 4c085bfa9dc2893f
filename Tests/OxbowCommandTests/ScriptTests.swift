import Foundation
import Testing

/// Scripts of ops/ that take numbers.
@Suite struct ScriptTests {
    @Test(arguments: ["--minutes -1", "--minutes nan", "--kills 0", "--kills -3", "--steps 0", "--rounds 0", "--hold 0"])
    func chaosRefusesNumbersThatCannotBe(_ options: String) throws {
        let process = Process()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", root + "/ops/chaos/chaos.py"] + options.split(separator: " ").map(String.init)
        process.environment = ProcessInfo.processInfo.environment.merging(["OXBOW_EXECUTABLE": "/nowhere"]) { $1 }
        let folder = try TemporaryFolder()
        process.standardOutput = try folder.handle("out")
        process.standardError = try folder.handle("err")
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 2 && folder.text("err").contains("unable to use --"), "\(folder.text("err"))")
        #expect(folder.text("out") == "")
    }
}
