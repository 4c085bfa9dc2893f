import Foundation
import OxbowModel
import OxbowTraining

/// The paper's G written out layer by layer as PyTorch defines it: channels first, in double, batch norm by running values.
struct PlainGenerator {
    let parameters: ModelParameters
    let tensors: NamedTensors

    /// Channels first: values[(c * height + y) * width + x].
    struct Map {
        var channels: Int
        var height: Int
        var width: Int
        var values: [Double]
    }

    /// One image, channels last.
    func image(noise: [Float], label: Int) -> [Double] {
        let table = values("g.0.embed.weight")
        let classes = parameters.classes
        let input = noise.map(Double.init) + table[(label * classes)..<((label + 1) * classes)]
        var map = linear(input)
        norm(&map.values, block: 0, positions: 1)
        map.values = map.values.map { max($0, 0) }
        for (block, stride) in [(1, 2), (2, 1), (3, 2)] {
            map = deconvolve(map, block: block, stride: stride)
            norm(&map.values, block: block, positions: map.height * map.width)
            map.values = map.values.map { max($0, 0) }
        }
        map = deconvolve(map, block: 4, stride: 1)
        let positions = map.height * map.width
        return (0..<positions).flatMap { position in
            (0..<map.channels).map { tanh(map.values[$0 * positions + position]) }
        }
    }

    private func values(_ name: String) -> [Double] { tensors[name]!.values.map(Double.init) }

    private func linear(_ input: [Double]) -> Map {
        let (weight, bias) = (values("g.0.linear.weight"), values("g.0.linear.bias"))
        let output = bias.indices.map { row in
            zip(weight[(row * input.count)..<((row + 1) * input.count)], input).reduce(bias[row]) { $0 + $1.0 * $1.1 }
        }
        let (height, width) = (parameters.imageHeight / 4, parameters.imageWidth / 4)
        return Map(channels: output.count / (height * width), height: height, width: width, values: output)
    }

    private func norm(_ values: inout [Double], block: Int, positions: Int) {
        func get(_ suffix: String) -> [Double] { self.values("g.\(block).bn.\(suffix)") }
        let (gamma, beta, mean, variance) = (get("weight"), get("bias"), get("running_mean"), get("running_var"))
        for index in values.indices {
            let c = index / positions
            values[index] = (values[index] - mean[c]) / (variance[c] + 1e-5).squareRoot() * gamma[c] + beta[c]
        }
    }

    /// Scatters each input through the kernel, as a transposed convolution is defined; padding 1.
    private func deconvolve(_ input: Map, block: Int, stride: Int) -> Map {
        let weight = tensors["g.\(block).deconv.weight"]!
        let (outputs, kernel) = (weight.shape[1], weight.shape[2])
        let (height, width) = ((input.height - 1) * stride - 2 + kernel, (input.width - 1) * stride - 2 + kernel)
        let bias = values("g.\(block).deconv.bias")
        var output = Map(channels: outputs, height: height, width: width, values: [])
        for channel in 0..<outputs { output.values += [Double](repeating: bias[channel], count: height * width) }
        for from in 0..<input.channels {
            for (y, x) in (0..<input.height).flatMap({ y in (0..<input.width).map { (y, $0) } }) {
                let value = input.values[(from * input.height + y) * input.width + x]
                for to in 0..<outputs {
                    for (ky, kx) in (0..<kernel).flatMap({ y in (0..<kernel).map { (y, $0) } }) {
                        let (ty, tx) = (y * stride - 1 + ky, x * stride - 1 + kx)
                        guard (0..<height).contains(ty), (0..<width).contains(tx) else { continue }
                        let factor = Double(weight.values[((from * outputs + to) * kernel + ky) * kernel + kx])
                        output.values[(to * height + ty) * width + tx] += value * factor
                    }
                }
            }
        }
        return output
    }
}
