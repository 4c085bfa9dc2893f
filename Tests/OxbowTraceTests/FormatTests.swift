import Testing
@testable import OxbowTrace
@Suite struct FormatTests { @Test func x() {} }
