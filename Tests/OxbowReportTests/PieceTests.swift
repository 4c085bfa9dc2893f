import Testing

@testable import OxbowReport

@Suite struct PieceTests {
    @Test func whatIsPutIntoMarkupIsEscaped() {
        let name = "<b>\"Tom\" & 'Jerry'</b>"
        let piece: HTML = "<td title=\"\(name)\">\(name)</td>"
        let escaped = "&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;"
        #expect(piece.text == "<td title=\"\(escaped)\">\(escaped)</td>")
    }

    @Test func piecesAreNotEscapedTwice() {
        let inner: HTML = "<i>\("a < b")</i>"
        let outer: HTML = "<p>\(inner)\([inner, inner])</p>"
        #expect(outer.text == "<p><i>a &lt; b</i><i>a &lt; b</i><i>a &lt; b</i></p>")
    }

    @Test func charactersThatNoPageCanHoldAreReplaced() {
        #expect(HTML.escaped("a\u{0}b\u{1B}[31m\u{85}\nc\td") == "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}\nc\td")
    }

    @Test func coordinatesAreShort() {
        let piece: HTML = "\(1.0) \(-0.3) \(1.0 / 3) \(12345.678)"
        #expect(piece.text == "1 -0.3 0.33 12345.68")
    }

    @Test func numbersReadWell() {
        #expect(Figures.fixed(-0.001, 2) == "0.00")
        #expect(Figures.short(1234.5) == "1234" && Figures.short(0.012345) == "0.0123" && Figures.short(0) == "0")
        #expect(Figures.short(1.5e9) == "1.50e+09" && Figures.short(.nan) == "no number")
        #expect(Figures.count(1_234_567) == "1\u{202F}234\u{202F}567" && Figures.count(-1234) == "-1\u{202F}234")
        #expect(
            Figures.bytes(999) == "999 B" && Figures.bytes(1.234e9) == "1.23 GB" && Figures.bytes(-.infinity) == "minus infinite")
        #expect(Figures.duration(0.2181) == "218 ms" && Figures.duration(12.34) == "12.3 s")
        #expect(Figures.duration(245) == "4 min 5 s" && Figures.duration(7380) == "2 h 3 min")
        #expect(Figures.percent(0.9876) == "98.8 %" && Figures.date(0) == "1 Jan 1970, 00:00 UTC")
    }

    @Test func aCommandLineCanBePasted() {
        let line = ReportPage.commandLine(["run", "my file.yaml", "--set", "fleet.0.cuts=[0,0]", "it's"])
        #expect(line == "oxbow run 'my file.yaml' --set 'fleet.0.cuts=[0,0]' 'it'\\''s'")
    }
}
