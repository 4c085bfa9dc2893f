import Foundation

/// A block of lines that is written again in its own place; on anything but a terminal, below.
struct Screen {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    private var shown = 0

    var rows: Int { size.rows }

    /// Lines beyond the terminal's height or width would not be found again: they are cut.
    mutating func show(_ lines: [String]) {
        guard isTerminal else { return write(lines.map { $0 + "\n" }.joined()) }
        let (rows, columns) = size
        let visible = lines.prefix(rows - 1).map { String($0.prefix(columns - 1)) }
        // Up to the first line; each is cleared to its end, then all below.
        let up = shown > 0 ? "\u{1B}[\(shown)A" : ""
        write(up + visible.map { "\r" + $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
        shown = visible.count
    }

    private var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 4, size.ws_col > 20 else { return (24, 80) }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    private func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }
}
