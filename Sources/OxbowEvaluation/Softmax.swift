import Foundation
import OxbowKernels

/// Turns logits (N, width) into probabilities, in place.
func softmax(_ logits: Tensor, width: Int) -> UnsafeMutableBufferPointer<Float> {
    for start in stride(from: 0, to: logits.count, by: width) {
        let row = UnsafeMutableBufferPointer(rebasing: logits.buffer[start..<(start + width)])
        // Shifted by the greatest, no exponential overflows.
        let greatest = row.max() ?? 0
        var sum: Float = 0
        for index in row.indices {
            row[index] = exp(row[index] - greatest)
            sum += row[index]
        }
        for index in row.indices { row[index] /= sum }
    }
    return logits.buffer
}
