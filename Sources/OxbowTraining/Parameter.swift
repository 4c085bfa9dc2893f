import OxbowKernels
import OxbowModel

/// A tensor of a block in memory, with the staged gradient and Adam's moments if it is trained.
final class Parameter {
    let description: TensorDescription
    let layout: ParameterLayout
    let values: Tensor
    let training: Training?

    /// What only a trained tensor has.
    struct Training {
        let gradient: Tensor
        let firstMoment: Tensor
        let secondMoment: Tensor
    }

    init(_ description: TensorDescription, layout: ParameterLayout, values: Tensor) {
        self.description = description
        self.layout = layout
        self.values = values
        self.training =
            description.kind.isParameter
            ? Training(
                gradient: Tensor(values.shape), firstMoment: Tensor(values.shape), secondMoment: Tensor(values.shape))
            : nil
    }

    /// The staged gradient; running values have none, and nothing asks for it.
    var gradient: Tensor {
        guard let training else { preconditionFailure("\(description.name) is not trained") }
        return training.gradient
    }

    /// One of the tensors above in PyTorch's layout.
    func exported(_ tensor: Tensor, suffix: String = "") -> NamedTensor {
        NamedTensor(name: description.name + suffix, shape: description.shape, values: layout.plain(tensor.array))
    }

    /// Overwrites one of the tensors above from PyTorch's layout; the count was checked.
    func load(_ plain: [Float], into tensor: Tensor) {
        let stored = layout.stored(plain)
        precondition(stored.count == tensor.count, "\(description.name): \(stored.count) numbers for \(tensor.count)")
        tensor.load(stored)
    }
}
