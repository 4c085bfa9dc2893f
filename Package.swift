// swift-tools-version: 6.2
import PackageDescription

// CI sets OXBOW_STRICT=1: every warning in our own targets is an error there.
let strict = Context.environment["OXBOW_STRICT"] == "1"
let swiftSettings: [SwiftSetting] = strict ? [.treatAllWarnings(as: .error)] : []
let cSettings: [CSetting] = strict ? [.treatAllWarnings(as: .error)] : []

/// One Swift module under Sources/, with the warning policy applied.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// One test target under Tests/.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]

let package = Package(
    name: "oxbow",
    products: [
        .executable(name: "oxbow", targets: ["oxbow"]),
        // Whatever reads bytes that others wrote: for the fuzzer, ops/fuzz.
        .library(
            name: "OxbowReaders",
            targets: [
                "OxbowWire", "OxbowProtocol", "OxbowSafetensors", "OxbowData", "OxbowExperiment", "OxbowReport", "OxbowTrace",
                "OxbowJournal",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        // Without its traits: no other package of configuration is built.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        // C: system libraries, generated code, kernels. Each has one Swift importer.
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "COxbowWire", dependencies: ["CProtobufC"]),
        .target(
            name: "COxbowKernels", cSettings: cSettings,
            linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp"), .linkedLibrary("m")]),

        // Pure: no socket, clock, thread, file or Foundation.
        module("OxbowRandom"),
        module("OxbowModel"),
        module("OxbowProtobuf"),
        module("OxbowScheduling", ["OxbowModel", "OxbowRandom"]),
        module("OxbowProtocol", ["OxbowModel", "OxbowScheduling"]),

        // Arithmetic.
        module("OxbowKernels", ["COxbowKernels"]),
        module("OxbowTraining", ["OxbowKernels", "OxbowModel", "OxbowRandom"]),
        module("OxbowFederation", ["OxbowKernels", "OxbowRandom"]),
        module("OxbowProbe", ["OxbowTraining", "OxbowKernels", "OxbowModel", "OxbowRandom", "OxbowScheduling"]),
        module("OxbowONNX", ["OxbowModel", "OxbowTraining", "OxbowKernels", "OxbowProtobuf"]),
        module(
            "OxbowEvaluation",
            [
                "OxbowKernels", "OxbowModel", "OxbowTraining", "OxbowData", "OxbowRandom", "OxbowSafetensors", "CPNG", crypto,
            ]),

        // Files and wire.
        module("OxbowSafetensors"),
        module("OxbowData", ["OxbowRandom", "CZlib", crypto]),
        module("OxbowFetch", ["CCurl", crypto]),
        module("ZeroMQ", ["CZeroMQ"]),
        module("OxbowWire", ["OxbowProtocol", "OxbowScheduling", "OxbowModel", "COxbowWire", "CProtobufC"]),
        module("OxbowJournal", ["OxbowWire", "OxbowProtocol", crypto]),
        module("OxbowTrace", ["OxbowWire", "OxbowProtocol", "OxbowScheduling", "OxbowModel", "CXXHash", histogram]),

        // The shells, the simulator and the executable.
        module(
            "OxbowFleet",
            [
                "OxbowProtocol", "OxbowModel", "OxbowWire", "OxbowTraining", "OxbowFederation", "OxbowKernels",
                "OxbowRandom", "OxbowSafetensors", crypto,
            ]),
        module("OxbowReplay", ["OxbowFleet", "OxbowProtocol", "OxbowTrace", "OxbowWire"]),
        module(
            "OxbowSimulation",
            ["OxbowFleet", "OxbowKernels", "OxbowModel", "OxbowProtocol", "OxbowRandom", "OxbowScheduling", "OxbowTraining"]),
        module(
            "OxbowRuntime",
            [
                "OxbowFleet", "OxbowProtocol", "OxbowModel", "OxbowScheduling", "OxbowWire", "OxbowTrace", "OxbowJournal",
                "ZeroMQ",
                "OxbowData", logging, crypto,
            ]),
        module("OxbowExperiment", ["OxbowModel", "OxbowScheduling", "OxbowData", yams]),
        module("OxbowReport", ["OxbowExperiment", "OxbowEvaluation", "OxbowModel", "OxbowProtobuf"]),
        module(
            "OxbowWeb",
            ["OxbowProtocol", "OxbowReport", "OxbowModel", "OxbowScheduling", metrics, logging, crypto] + hummingbird),
        .executableTarget(
            name: "oxbow",
            dependencies: [
                "OxbowRuntime", "OxbowExperiment", "OxbowReport", "OxbowEvaluation", "OxbowFleet", "OxbowTraining",
                "OxbowFederation",
                "OxbowKernels", "OxbowModel", "OxbowSafetensors", "OxbowData", "OxbowProtocol", "OxbowScheduling",
                "OxbowWire", "OxbowTrace", "OxbowReplay", "ZeroMQ", "OxbowFetch", "OxbowProbe", "OxbowSimulation", "OxbowWeb",
                "OxbowONNX", argumentParser, logging,
            ],
            swiftSettings: swiftSettings),

        // Tests.
        .target(
            name: "OxbowTestSupport",
            dependencies: [
                "OxbowFleet", "OxbowKernels", "OxbowModel", "OxbowProtocol", "OxbowRandom", "OxbowScheduling",
                "OxbowSimulation", "OxbowTraining",
            ],
            path: "Tests/OxbowTestSupport", swiftSettings: swiftSettings),
        tests("OxbowRandomTests", ["OxbowRandom"]),
        tests("OxbowModelTests", ["OxbowModel"]),
        tests("OxbowKernelsTests", ["OxbowKernels"]),
        tests(
            "OxbowTrainingTests",
            [
                "OxbowTraining", "OxbowFederation", "OxbowFleet", "OxbowKernels", "OxbowModel", "OxbowRandom",
                "OxbowSafetensors",
            ]),
        tests("OxbowFederationTests", ["OxbowFederation", "OxbowRandom"]),
        tests("OxbowSafetensorsTests", ["OxbowSafetensors"]),
        tests("OxbowDataTests", ["OxbowData", "OxbowEvaluation"]),
        tests("OxbowFetchTests", ["OxbowFetch", "OxbowData", "OxbowTestSupport", crypto]),
        tests("OxbowExperimentTests", ["OxbowExperiment", "OxbowScheduling", "OxbowModel", "OxbowData"]),
        tests(
            "OxbowEvaluationTests",
            [
                "OxbowEvaluation", "OxbowData", "OxbowKernels", "OxbowModel", "OxbowTraining", "OxbowRandom", "OxbowSafetensors",
            ]),
        tests("OxbowONNXTests", ["OxbowONNX", "OxbowModel", "OxbowTraining"]),
        tests("OxbowReportTests", ["OxbowReport", "OxbowExperiment", "OxbowEvaluation", "OxbowModel"]),
        tests(
            "OxbowWebTests",
            ["OxbowWeb", "OxbowProtocol", "OxbowReport", metrics, logging, .product(name: "NIOCore", package: "swift-nio")]),
        tests("ZeroMQTests", ["ZeroMQ"]),
        tests("OxbowWireTests", ["OxbowWire", "COxbowWire", "OxbowProtocol", "OxbowScheduling", "OxbowModel"]),
        tests("OxbowTraceTests", ["OxbowTrace", "OxbowWire", "OxbowProtocol", "OxbowScheduling", "OxbowModel"]),
        tests("OxbowSchedulingTests", ["OxbowScheduling", "OxbowModel", "OxbowRandom"]),
        tests("OxbowProbeTests", ["OxbowProbe", "OxbowScheduling", "OxbowModel"]),
        tests("OxbowProtocolTests", ["OxbowProtocol", "OxbowModel", "OxbowScheduling"]),
        tests("OxbowSimulationTests", ["OxbowSimulation", "OxbowProtocol", "OxbowModel", "OxbowScheduling"]),
        tests(
            "OxbowFleetTests",
            [
                "OxbowFleet", "OxbowSimulation", "OxbowProtocol", "OxbowModel", "OxbowScheduling", "OxbowTraining",
                "OxbowTestSupport",
            ]),
        tests(
            "OxbowReplayTests",
            [
                "OxbowReplay", "OxbowTrace", "OxbowFleet", "OxbowSimulation", "OxbowProtocol", "OxbowModel", "OxbowScheduling",
                "OxbowTestSupport", "OxbowWire",
            ]),
        tests(
            "OxbowRuntimeTests",
            [
                "OxbowRuntime", "OxbowFleet", "OxbowScheduling", "OxbowSimulation", "OxbowProtocol", "OxbowModel",
                "OxbowTestSupport", "OxbowTraining", "OxbowWire", "OxbowJournal", "ZeroMQ", logging,
            ]),
        tests(
            "OxbowCommandTests",
            [
                "oxbow", "OxbowData", "OxbowFetch", "OxbowTestSupport", "OxbowProtocol", "OxbowReport", "OxbowRuntime",
                "OxbowScheduling", "OxbowModel", "OxbowFleet", "OxbowEvaluation", "OxbowTraining", "OxbowTrace", "OxbowWire",
                "OxbowSimulation", "OxbowWeb", logging,
            ]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)
