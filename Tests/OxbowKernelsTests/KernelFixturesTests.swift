import Foundation
import OxbowKernels
import Testing

/// Set OXBOW_FIXTURES to a folder with kernels.json and kernels.safetensors.
private let directory = ProcessInfo.processInfo.environment["OXBOW_FIXTURES"]

@Suite struct KernelFixturesTests {
    @Test(.enabled(if: directory != nil), arguments: InstructionSet.allCases)
    func everyRecordedTensorIsReproduced(_ set: InstructionSet) throws {
        let file = try FixtureFile(directory: directory!)
        #expect(!file.cases.isEmpty)
        _ = try Kernels.withInstructionSet(set) {
            for check in try file.fixtures.run(file.cases) {
                #expect(check.passed, "\(check)")
            }
        }
    }

    @Test func aMissingTensorIsNamed() {
        let fixtures = KernelFixtures(floats: { _ in nil }, integers: { _ in nil })
        let fixture = KernelFixtures.Case(name: "conv_1", operation: "conv2d")
        #expect(
            throws: KernelFixtures.Failure(
                description: "Unable to check 'conv_1': there is no tensor 'conv_1.input0'.")
        ) { try fixtures.run(fixture) }
    }

    @Test func anUnknownOperationIsNamed() {
        let fixtures = KernelFixtures(floats: { _ in nil }, integers: { _ in nil })
        #expect(
            throws: KernelFixtures.Failure(
                description: "Unable to check 'x': the operation 'fft' is unknown.")
        ) { try fixtures.run(.init(name: "x", operation: "fft")) }
    }

    @Test func aCaseIsReadFromJSON() throws {
        let json = Data(#"[{"name": "a", "op": "conv2d", "kernel": 4, "stride": 2}]"#.utf8)
        let cases = try JSONDecoder().decode([KernelFixtures.Case].self, from: json)
        #expect(cases == [.init(name: "a", operation: "conv2d", numbers: ["kernel": 4, "stride": 2])])
    }
}
