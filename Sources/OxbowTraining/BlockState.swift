import OxbowKernels
import OxbowModel

/// One copy of a block: its tensors, staged gradients and Adam state. All parts that pass through share it.
final class BlockState {
    let description: BlockDescription
    /// In the order of the description's table.
    let parameters: [Parameter]
    let filters: ConvolutionWeights?
    /// Adam's count of updates.
    var steps = 0
    /// True once a gradient was added since the last commit or discard: a block nobody used is not updated.
    private(set) var isStaged = false

    let weight: Parameter
    let bias: Parameter
    let embedding: Parameter?
    let norm: Norm?

    /// Batch norm's tensors.
    struct Norm {
        let weight: Parameter
        let bias: Parameter
        let runningMean: Parameter
        let runningVariance: Parameter
    }

    init(_ description: BlockDescription, filters: ConvolutionWeights?) {
        let made = description.tensors.map { tensor in
            let layout = ParameterLayout.of(tensor, in: description)
            let values = tensor.kind == .weight ? filters?.values ?? Tensor(tensor.shape) : Tensor(tensor.shape)
            return Parameter(tensor, layout: layout, values: values)
        }
        func optional(_ kind: TensorKind) -> Parameter? { made.first { $0.description.kind == kind } }
        guard let weight = optional(.weight), let bias = optional(.bias) else {
            preconditionFailure("block \(description.name) has no weights")
        }
        self.description = description
        self.parameters = made
        self.filters = filters
        self.weight = weight
        self.bias = bias
        self.embedding = optional(.embedding)
        if let weight = optional(.normWeight), let bias = optional(.normBias), let mean = optional(.runningMean),
            let variance = optional(.runningVariance)
        {
            self.norm = Norm(weight: weight, bias: bias, runningMean: mean, runningVariance: variance)
        } else {
            self.norm = nil
        }
    }

    func stageGradients() { isStaged = true }

    /// Forgets gradients that were not committed.
    func discard() {
        guard isStaged else { return }
        isStaged = false
        for parameter in parameters { parameter.training?.gradient.fill(0) }
    }

    /// One Adam update with the staged gradients.
    func commit(_ settings: TrainingSettings) {
        guard isStaged else { return }
        steps += 1
        for parameter in parameters {
            // In front of a batch norm a bias has no gradient: it stays.
            guard let training = parameter.training, !(norm != nil && parameter === bias) else { continue }
            settings.adam.update(
                parameter.values, gradient: training.gradient, moment1: training.firstMoment,
                moment2: training.secondMoment, step: steps)
        }
        filters?.packed()
        discard()
    }
}
