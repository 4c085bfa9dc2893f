import OxbowKernels
import OxbowModel
import OxbowTraining

/// Which algorithm each convolution of a model runs with on this machine: part of what fixes the bits.
enum PlannedAlgorithms {
    static func byBlock(_ model: ModelDescription, batch: Int) -> [String: String] {
        var result: [String: String] = [:]
        for name in model.blockNames {
            guard let shape = model[name].convolutionShape(batch: batch) else { continue }
            result["\(name)"] = Convolution.preferredAlgorithm(for: shape).rawValue
        }
        return result
    }
}
