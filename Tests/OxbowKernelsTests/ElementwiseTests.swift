import Foundation
import OxbowKernels
import Testing

@Suite struct ElementwiseTests {
    /// Values of all sizes, the ends of the range, and a count that is no multiple of a vector.
    private static let inputs: Tensor = {
        var values: [Float] = [0, -0.0, 1e-30, -1e-30, 88, -88, 1000, -1000, .infinity, -.infinity]
        var keyed = Keyed(1)
        for _ in 0..<5001 {
            let size = Float(pow(10, 4 * keyed.uniform() - 2.5))
            values.append(keyed.int(0...1) == 0 ? size : -size)
        }
        return Tensor([values.count], values)
    }()

    private func expectClose(_ y: Tensor, _ tolerance: Double, _ function: (Double) -> Double) {
        for i in 0..<y.count {
            let exact = function(Double(Self.inputs.data[i]))
            let error = abs(Double(y.data[i]) - exact)
            #expect(error <= tolerance * abs(exact) + 1e-37, "at \(Self.inputs.data[i]): \(y.data[i]), not \(exact)")
        }
    }

    @Test(arguments: InstructionSet.allCases)
    func tanhAndSigmoidAreAccurate(_ set: InstructionSet) {
        _ = Kernels.withInstructionSet(set) {
            let y = Tensor(Self.inputs.shape)
            Elementwise.tanh(Self.inputs, into: y)
            expectClose(y, 3e-7) { tanh($0) }
            Elementwise.sigmoid(Self.inputs, into: y)
            // Below -87 the result is held at sigmoid(-87), the smallest normal numbers.
            expectClose(y, 3e-7) { 1 / (1 + exp(-max($0, -87))) }
        }
    }

    @Test func notANumberStaysOne() {
        let x = Tensor([9]), y = Tensor([9])
        x.fill(.nan)
        Elementwise.tanh(x, into: y)
        #expect(y.array.allSatisfy { $0.isNaN })
        Elementwise.sigmoid(x, into: y)
        #expect(y.array.allSatisfy { $0.isNaN })
        let one = Tensor([3])
        one.fill(1)
        BatchNorm.normalize(x, Tensor([3]), one, one, one, activation: .relu, into: y)
        #expect(y.array.allSatisfy { $0.isNaN })
    }

    @Test func rectifiersFollowPyTorchAtZero() {
        let x = Tensor([3], [-2, 0, 2]), dy = Tensor([3], [1, 1, 1]), y = Tensor([3])
        Elementwise.relu(x, into: y)
        #expect(y.array == [0, 0, 2])
        Elementwise.reluBackward(x, dy, into: y)
        #expect(y.array == [0, 0, 1])
        Elementwise.leakyRelu(x, slope: 0.5, into: y)
        #expect(y.array == [-1, 0, 2])
        Elementwise.leakyReluBackward(x, dy, slope: 0.5, into: y)
        #expect(y.array == [0.5, 0.5, 1])
    }

    @Test func derivativesAgreeWithDifferences() {
        var keyed = Keyed(2)
        let x = keyed.tensor([21]), dy = keyed.tensor([21])
        let (y, dx) = (Tensor([21]), Tensor([21]))
        Elementwise.tanh(x, into: y)
        Elementwise.tanhBackward(y, dy, into: dx)
        for i in 0..<21 {
            let difference = slope(x, i) {
                Elementwise.tanh(x, into: y); return dot(y, dy)
            }
            #expect(abs(difference - Double(dx.data[i])) < 1e-3)
        }
        Elementwise.sigmoid(x, into: y)
        Elementwise.sigmoidBackward(y, dy, into: dx)
        for i in 0..<21 {
            let difference = slope(x, i) {
                Elementwise.sigmoid(x, into: y); return dot(y, dy)
            }
            #expect(abs(difference - Double(dx.data[i])) < 1e-3)
        }
    }

    @Test(arguments: [1, 3, 8, 21])
    func biasesAreAddedAndSummed(_ channels: Int) {
        var keyed = Keyed(channels)
        let x = keyed.tensor([300, channels]), bias = keyed.tensor([channels])
        let (y, sums) = (Tensor(x.shape), Tensor([channels]))
        Elementwise.addBias(x, bias, into: y)
        #expect(y.array == x.array.enumerated().map { $1 + bias.data[$0 % channels] })
        Elementwise.biasGradient(x, into: sums)
        for c in 0..<channels {
            let exact = (0..<300).reduce(0.0) { $0 + Double(x.data[$1 * channels + c]) }
            #expect(abs(Double(sums.data[c]) - exact) < 1e-4)
        }
        Elementwise.add(x, factor: -1, to: y)
        #expect(relativeError(y, Tensor(y.shape, (0..<y.count).map { bias.data[$0 % channels] })) < 1e-5)
    }

    @Test func instructionSetsComputeTheSameUpdates() {
        var keyed = Keyed(3)
        let start = keyed.tensor([37]), gradient = keyed.tensor([37])
        let results = InstructionSet.allCases.compactMap { set in
            Kernels.withInstructionSet(set) {
                let (parameter, m, v) = (start.copy(), Tensor([37]), Tensor([37]))
                for step in 1...3 { Adam().update(parameter, gradient: gradient, moment1: m, moment2: v, step: step) }
                return parameter
            }
        }
        for other in results { #expect(relativeError(other, results[0]) < 1e-7) }
    }
}
