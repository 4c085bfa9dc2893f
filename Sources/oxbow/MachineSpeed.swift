import Foundation
import OxbowKernels
import OxbowProbe
import OxbowScheduling

/// What this machine says of its speed.
enum MachineSpeed {
    /// Of a usual batch; a speed hardly depends on it.
    private static let batch = 64

    /// The profile's numbers where a machine is emulated, else what was measured here, once for each task and release.
    ///
    /// None, and a note, if it cannot be measured.
    static func announcedSpeeds(
        _ subject: SpeedProbe.Subject, emulating profile: DeviceProfile? = nil, cache: SpeedCache = SpeedCache(),
        note: (String) -> Void
    ) -> [KernelSpeed] {
        if let profile { return profile.speeds }
        do {
            return try cache.speeds(for: SpeedKey(subject, release: Release.version, batch: batch), note: note) {
                // A worker of a narrow model is not to keep what the widest measurement took.
                defer { Kernels.returnFreedBlocks() }
                return try SpeedProbe.measure(subject, batch: batch)
            }
        } catch {
            note("Unable to measure 'speed': \(error)")
            return []
        }
    }
}
