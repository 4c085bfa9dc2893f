// swift-tools-version: 6.2
import PackageDescription

// A package of its own: nothing of it is built or shipped with Oxbow, and everything in it carries libFuzzer's coverage.
// ops/fuzz.sh builds and runs it.
let package = Package(
    name: "oxbow-fuzz",
    // The second takes the place of the real one, which Oxbow depends on: readers do not need it, and it takes minutes.
    dependencies: [.package(name: "oxbow", path: "../.."), .package(path: "swift-crypto")],
    targets: [
        .target(name: "CFuzzMemory"),
        .executableTarget(
            name: "oxbow-fuzz", dependencies: ["CFuzzMemory", .product(name: "OxbowReaders", package: "oxbow")],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)
