// swift-tools-version: 6.2
import PackageDescription

// Stands in for the package of this name while fuzzing: no reader needs it to read, and building the real one instrumented
// takes minutes. See ops/fuzz/Package.swift.
let package = Package(
    name: "swift-crypto",
    products: [
        .library(name: "Crypto", targets: ["Crypto"]),
        // Named by a package that Oxbow's web side depends on; no reader is built with it.
        .library(name: "_CryptoExtras", targets: ["_CryptoExtras"]),
    ],
    targets: [.target(name: "Crypto"), .target(name: "_CryptoExtras")])
