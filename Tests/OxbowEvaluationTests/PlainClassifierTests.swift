import OxbowData
import Testing

@testable import OxbowEvaluation

/// The classifier written out as it is defined: channels last, in double, convolution, ReLU, pool, twice; linear; linear.
@Suite struct PlainClassifierTests {
    private struct Map {
        var height: Int
        var width: Int
        var channels: Int
        var values: [Double]

        func at(_ y: Int, _ x: Int, _ c: Int) -> Double {
            y < 0 || x < 0 || y >= height || x >= width ? 0 : values[(y * width + x) * channels + c]
        }
    }

    /// 3x3; `weights` are (out, in, 3, 3).
    private func convolve(_ input: Map, padding: Int, _ weights: [Double], _ bias: [Double]) -> Map {
        let (height, width) = (input.height + 2 * padding - 2, input.width + 2 * padding - 2)
        var output = Map(height: height, width: width, channels: bias.count, values: [])
        for y in 0..<height {
            for x in 0..<width {
                for o in bias.indices {
                    var sum = bias[o]
                    for i in 0..<9 {
                        for c in 0..<input.channels {
                            sum +=
                                weights[(o * input.channels + c) * 9 + i] * input.at(y + i / 3 - padding, x + i % 3 - padding, c)
                        }
                    }
                    output.values.append(max(0, sum))
                }
            }
        }
        return pooled(output)
    }

    private func pooled(_ input: Map) -> Map {
        var output = Map(height: input.height / 2, width: input.width / 2, channels: input.channels, values: [])
        for y in 0..<output.height {
            for x in 0..<output.width {
                for c in 0..<input.channels {
                    output.values.append((0..<4).map { input.at(2 * y + $0 / 2, 2 * x + $0 % 2, c) }.max()!)
                }
            }
        }
        return output
    }

    @Test(arguments: [0, 1]) func logitsAreThoseOfThePlainDefinition(_ padding: Int) throws {
        let form = ImageForm(height: 13, width: 16, channels: 2, classes: 5)
        let network = try ClassifierNetwork(form, batch: 3, padding: padding)
        network.drawParameters(seed: 2)
        let parameters = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0.values) })
        for (name, values) in parameters where name.hasSuffix("bias") {
            for index in 0..<values.count { values.data[index] = Float(index % 7) / 30 - 0.1 }
        }
        network.pack()
        for index in 0..<network.input.count { network.input.data[index] = Float(index * index % 199) / 99 - 1 }
        network.forward()
        func numbers(_ name: String) -> [Double] { parameters[name]!.array.map(Double.init) }
        for image in 0..<3 {
            let input = network.input.array[(image * form.imageSize)..<((image + 1) * form.imageSize)].map(Double.init)
            var map = Map(height: 13, width: 16, channels: 2, values: input)
            for name in ["conv1", "conv2"] {
                map = convolve(map, padding: padding, numbers("\(name).weight"), numbers("\(name).bias"))
            }
            let hidden = linear(map.values, numbers("linear1.weight"), numbers("linear1.bias")).map { max(0, $0) }
            let logits = linear(hidden, numbers("linear2.weight"), numbers("linear2.bias"))
            for (index, value) in logits.enumerated() {
                #expect(abs(Double(network.logits.data[image * 5 + index]) - value) < 1e-4)
            }
        }
    }

    private func linear(_ input: [Double], _ weights: [Double], _ bias: [Double]) -> [Double] {
        bias.indices.map { output in
            input.indices.reduce(bias[output]) { $0 + weights[output * input.count + $1] * input[$1] }
        }
    }
}
