import COxbowKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Adam's settings and update, as PyTorch computes it.
public struct Adam: Hashable, Sendable {
    public var learningRate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double

    public init(learningRate: Double = 2e-4, beta1: Double = 0.5, beta2: Double = 0.999, epsilon: Double = 1e-8) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// One step in one pass over the memory; `step` counts from 1, all four tensors have one layout.
    public func update(_ parameter: Tensor, gradient: Tensor, moment1: Tensor, moment2: Tensor, step: Int) {
        precondition(step >= 1, "Adam step \(step)")
        expect(gradient, parameter.count, "gradient of a parameter \(parameter.shape)")
        expect(moment1, parameter.count, "first moment of a parameter \(parameter.shape)")
        expect(moment2, parameter.count, "second moment of a parameter \(parameter.shape)")
        var values = oxbow_adam_step(
            one_minus_beta1: Float(1 - beta1), beta2: Float(beta2), one_minus_beta2: Float(1 - beta2),
            step_size: Float(learningRate / (1 - pow(beta1, Double(step)))),
            root_correction2: Float((1 - pow(beta2, Double(step))).squareRoot()), epsilon: Float(epsilon))
        oxbow_adam(
            parameter.data, gradient.data, moment1.data, moment2.data, Int64(parameter.count), &values)
    }
}
