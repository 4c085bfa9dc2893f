import Foundation
import Testing

@testable import OxbowWeb

@Suite struct AccessTests {
    private let secret = "0123456789abcdef"

    @Test func onlyTheTokenIsRight() throws {
        let token = try WebToken(secret)
        #expect(token.isRight(token: secret) && token.isRight(cookie: token.cookie))
        for wrong in ["", "0", "0123456789abcde", "0123456789abcdeg", secret + "0", secret.uppercased(), token.cookie] {
            #expect(!token.isRight(token: wrong), "\(wrong)")
        }
        #expect(!token.isRight(cookie: secret) && !token.isRight(cookie: String(token.cookie.dropLast())))
        #expect(!token.cookie.contains(secret))
        #expect(try WebToken(secret).cookie == token.cookie, "a broker that was started anew knows its readers")
        let other = try WebToken("another-token-of-length")
        #expect(!other.isRight(cookie: token.cookie) && other.cookieName != token.cookieName)
    }

    @Test func tokensThatCouldBeGuessedOrCannotBeSentAreRefused() {
        for wrong in ["", "short", "0123456789 abcdef", "0123456789abcdé0", String(repeating: "x", count: 257)] {
            #expect(throws: WebError.self, "\(wrong)") { try WebToken(wrong) }
        }
    }

    @Test func aTokenFileIsItsOwnersAlone() throws {
        let path = FileManager.default.temporaryDirectory.path + "/oxbow-token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: WebError.self) { try WebToken(file: path) }
        try Data((secret + "\n").utf8).write(to: URL(fileURLWithPath: path))
        for (mode, isGood) in [(0o644, false), (0o640, false), (0o600, true), (0o400, true)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect((try? WebToken(file: path))?.isRight(token: secret) == (isGood ? true : nil), "\(String(mode, radix: 8))")
        }
    }

    @Test func bearersAreRead() {
        #expect(WebAccess.bearer("Bearer abc") == "abc" && WebAccess.bearer("bearer  abc") == "abc")
        for wrong in ["", "Bearer", "Basic abc", "Bearer a b"] { #expect(WebAccess.bearer(wrong) == nil, "\(wrong)") }
    }

    @Test func addressesAreRead() throws {
        #expect(try WebAddress("127.0.0.1:80") == WebAddress("localhost:80"))
        #expect(try WebAddress("[::1]:8080").description == "[::1]:8080")
        #expect(try WebAddress("*:*").description == "0.0.0.0:0")
        for wrong in ["", "8080", ":80", "host:", "host:65536", "host:-1", "::1:80", "a b:80", "http://host:80", "[]:80"] {
            #expect(throws: WebError.self, "\(wrong)") { try WebAddress(wrong) }
        }
    }

    @Test func aNetworkWantsATokenOrAWord() throws {
        for (host, isLocal) in [
            ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("[::1]", true), ("*", false), ("0.0.0.0", false),
            ("10.0.0.1", false), ("[::]", false), ("127.0.0.1.example.com", false), ("localhost.example.com", false),
        ] {
            let address = try WebAddress(host + ":80")
            #expect(address.isLoopback == isLocal, "\(host)")
            #expect(((try? address.check(hasToken: false, isOpen: false)) != nil) == isLocal, "\(host)")
            try address.check(hasToken: true, isOpen: false)
            try address.check(hasToken: false, isOpen: true)
        }
    }

    @Test func theHostOfARequestIsItsName() {
        #expect(WebAddress.host(ofAuthority: "127.0.0.1:8080") == "127.0.0.1")
        #expect(WebAddress.host(ofAuthority: "[::1]:8080") == "[::1]" && WebAddress.isLoopback("[::1]"))
        #expect(!WebAddress.isLoopback(WebAddress.host(ofAuthority: "evil.example:8080")))
    }

    @Test func onlyGridsAreFilesOfAPage() {
        #expect(GridName.isValid("cluster-0-round-012.png"))
        for wrong in [
            "", "..", "../run.json", "run.json", "cluster-0-round-1.png/..", "cluster-0-round-..png", "cluster-0-round-1.png\0",
            "cluster--round-1.png", "cluster-0-round-.png", "cluster-0-round-1-2.png", ".cluster-0-round-1.png",
            "cluster-٣-round-1.png",
        ] { #expect(!GridName.isValid(wrong), "\(wrong)") }
    }
}
