/// What a fetch tells while it is at work.
public enum FetchEvent: Hashable, Sendable {
    /// The file was there already, with the published checksum.
    case intact(DataSet.File)
    /// The file is asked for; `held_bytes` of it are there from before.
    case began(DataSet.File, held_bytes: Int)
    case received(DataSet.File, held_bytes: Int)
    /// The server does not go on where the part ends: from the start again.
    case restarted(DataSet.File)
    case pausing(DataSet.File, reason: String, Duration, attempt: Int, of: Int)
    /// Whole, and with the published checksum.
    case verified(DataSet.File)
}
