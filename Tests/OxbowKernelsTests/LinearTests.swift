import OxbowKernels
import Testing

@Suite struct LinearTests {
    private static let shapes = [
        (1, 1, 1), (3, 17, 11), (64, 110, 12544), (64, 2304, 1), (1, 110, 784), (5, 64, 10), (33, 7, 2),
    ]

    /// a (n, k) times b (k, m), with steps between neighbours of each index.
    private func product(
        _ n: Int, _ m: Int, _ k: Int, _ a: (Int, Int) -> Float, _ b: (Int, Int) -> Float
    ) -> [Float] {
        (0..<n * m).map { at in
            Float((0..<k).reduce(0.0) { $0 + Double(a(at / m, $1)) * Double(b($1, at % m)) })
        }
    }

    @Test(arguments: shapes)
    func passesAgreeWithPlainSums(_ batch: Int, _ inputs: Int, _ outputs: Int) throws {
        var keyed = Keyed(batch &* 1009 &+ inputs)
        let layer = try Linear(batch: batch, inputs: inputs, outputs: outputs)
        let x = keyed.tensor([batch, inputs]), w = keyed.tensor([outputs, inputs])
        let bias = keyed.tensor([outputs]), dy = keyed.tensor([batch, outputs])
        let (y, dx, dw, dbias) = (Tensor(dy.shape), Tensor(x.shape), Tensor(w.shape), Tensor(bias.shape))
        for tensor in [y, dx, dw, dbias] { tensor.fill(.nan) }
        layer.forward(x, w, bias, into: y)
        layer.backwardData(dy, w, into: dx)
        layer.backwardWeights(x, dy, into: dw, dbias)
        let (xd, wd, dyd) = (x.data, w.data, dy.data)
        var expected = product(batch, outputs, inputs, { xd[$0 * inputs + $1] }, { wd[$1 * inputs + $0] })
        for i in expected.indices { expected[i] += bias.data[i % outputs] }
        #expect(KernelFixtures.relativeError(y.array, expected) < 1e-6)
        let backward = product(batch, inputs, outputs, { dyd[$0 * outputs + $1] }, { wd[$0 * inputs + $1] })
        #expect(KernelFixtures.relativeError(dx.array, backward) < 1e-6)
        let gradient = product(outputs, inputs, batch, { dyd[$1 * outputs + $0] }, { xd[$0 * inputs + $1] })
        #expect(KernelFixtures.relativeError(dw.array, gradient) < 1e-6)
        let sums = product(1, outputs, batch, { _, _ in 1 }, { dyd[$0 * outputs + $1] })
        #expect(KernelFixtures.relativeError(dbias.array, sums) < 1e-6)
    }

    @Test func theBiasIsOptional() throws {
        var keyed = Keyed(4)
        let layer = try Linear(batch: 6, inputs: 5, outputs: 9)
        let x = keyed.tensor([6, 5]), w = keyed.tensor([9, 5]), dy = keyed.tensor([6, 9])
        let (plain, biased) = (Tensor([6, 9]), Tensor([6, 9]))
        layer.forward(x, w, into: plain)
        layer.forward(x, w, Tensor([9]), into: biased)
        #expect(sameBits(plain, biased))
        let (dw, again) = (Tensor([9, 5]), Tensor([9, 5]))
        layer.backwardWeights(x, dy, into: dw)
        layer.backwardWeights(x, dy, into: again, Tensor([9]))
        #expect(sameBits(dw, again))
    }
}
