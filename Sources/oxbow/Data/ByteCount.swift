import Foundation

/// Bytes for people.
enum ByteCount {
    /// In steps of a thousand: "813.9 kB".
    static func text(_ bytes: Int) -> String {
        var amount = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if amount < 999.95 { return unit == "B" ? "\(bytes) B" : String(format: "%.1f %@", amount, unit) }
            amount /= 1000
        }
        return String(format: "%.1f TB", amount)
    }
}
