import COxbowKernels

/// Losses as the mean over the batch, with their gradients.
public enum Loss {
    /// Mean cross entropy of softmax(logits), logits (N, classes); the gradient, times `scale`, overwrites `gradient`.
    @discardableResult
    public static func crossEntropy(
        _ logits: Tensor, _ targets: [Int32], gradient: Tensor? = nil, scale: Float = 1
    ) -> Double {
        precondition(
            !targets.isEmpty && logits.count > 0 && logits.count % targets.count == 0,
            "\(targets.count) targets for logits of shape \(logits.shape)")
        let classes = logits.count / targets.count
        precondition(targets.allSatisfy { $0 >= 0 && $0 < classes }, "a target outside 0..<\(classes)")
        if let gradient { expect(gradient, logits.count, "gradient of logits") }
        return oxbow_cross_entropy(
            logits.data, targets, Int64(targets.count), Int64(classes), scale, gradient?.data)
    }

    /// Mean binary cross entropy of sigmoid(logits) against one target in 0...1.
    ///
    /// A sample's loss is at most 100, as PyTorch bounds it. The gradient (sigmoid - target) / N is taken without that
    /// bound and without rounding sigmoid first, so a saturated sample still learns; PyTorch's is zero there.
    @discardableResult
    public static func sigmoidBinaryCrossEntropy(
        _ logits: Tensor, target: Float, gradient: Tensor? = nil, scale: Float = 1
    ) -> Double {
        precondition(target >= 0 && target <= 1 && logits.count > 0, "target \(target) for shape \(logits.shape)")
        if let gradient { expect(gradient, logits.count, "gradient of logits") }
        return oxbow_sigmoid_bce(logits.data, Int64(logits.count), target, scale, gradient?.data)
    }
}
