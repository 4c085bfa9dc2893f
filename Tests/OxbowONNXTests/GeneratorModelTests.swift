import OxbowTraining
import Testing

@testable import OxbowModel
@testable import OxbowONNX

/// The file's structure; ops/onnx-test.sh lets onnxruntime draw with it.
@Suite struct GeneratorModelTests {
    private let model = try! ModelDescription(
        ModelParameters(width: 0.05, imageHeight: 16, imageWidth: 12, imageChannels: 3, classes: 4, noise: 5))

    /// Every number of a network is another one.
    private func tensors(_ network: NetworkDescription) -> NamedTensors {
        var next: Float = 0
        return NamedTensors(
            network.tensors.map { description in
                NamedTensor(
                    name: description.name, shape: description.shape,
                    values: (0..<description.count).map { _ in
                        next += 1
                        return next
                    })
            })
    }

    private func graph(_ model: ModelDescription) throws -> (file: ProtobufReader, graph: ProtobufReader) {
        let bytes = try GeneratorModel(model, tensors: tensors(model.generator)).encode(
            version: "1.2", metadata: ["z": "5", "a": "b"])
        let file = try #require(ProtobufReader(bytes))
        return (file, try #require(file.messages(7).first))
    }

    private func types(_ graph: ProtobufReader) -> [String] { graph.messages(1).map { $0.text(4) } }

    @Test func theFileSaysWhatItIs() throws {
        let (file, _) = try graph(model)
        #expect(file.integers(1) == [8] && file.text(2) == "oxbow" && file.text(3) == "1.2")
        #expect(file.messages(8).map { $0.integers(2) } == [[13]])
        #expect(file.messages(14).map { [$0.text(1), $0.text(2)] } == [["a", "b"], ["z", "5"]])
    }

    @Test func operatorsFollowTheBlocks() throws {
        let (_, graph) = try graph(model)
        let deconvolution = ["ConvTranspose", "BatchNormalization", "Relu"]
        let blocks =
            ["Gather", "Concat", "Gemm", "BatchNormalization", "Relu", "Reshape"] + deconvolution + deconvolution + deconvolution
        #expect(types(graph) == blocks + ["ConvTranspose", "Tanh", "Identity"])
        // Each operator's inputs are there before it.
        var known = Set(graph.messages(5).map { $0.text(8) } + graph.messages(11).map { $0.text(1) })
        for node in graph.messages(1) {
            #expect(known.isSuperset(of: node.texts(1)), "\(node.text(3))")
            for output in node.texts(2) { #expect(known.insert(output).inserted, "\(output)") }
        }
        #expect(known.contains("images"))
    }

    @Test func attributesAreThoseOfTheBlocks() throws {
        let (_, graph) = try graph(model)
        func attributes(_ type: String) -> [[String: ProtobufReader]] {
            graph.messages(1).filter { $0.text(4) == type }.map { node in
                Dictionary(uniqueKeysWithValues: node.messages(5).map { ($0.text(1), $0) })
            }
        }
        let windows = attributes("ConvTranspose")
        #expect(windows.map { $0["kernel_shape"]?.integers(8) } == [[4, 4], [3, 3], [4, 4], [3, 3]])
        #expect(windows.map { $0["strides"]?.integers(8) } == [[2, 2], [1, 1], [2, 2], [1, 1]])
        #expect(windows.allSatisfy { $0["pads"]?.integers(8) == [1, 1, 1, 1] && $0["pads"]?.integers(20) == [7] })
        #expect(
            attributes("BatchNormalization").allSatisfy {
                $0["epsilon"]?.floats(2) == [1e-5] && $0["epsilon"]?.integers(20) == [1]
            })
        #expect(attributes("Gemm")[0]["transB"]?.integers(3) == [1])
        #expect(attributes("Concat")[0]["axis"]?.integers(3) == [1] && attributes("Gather")[0]["axis"]?.integers(3) == [0])
    }

    @Test func everyTensorIsInItBitForBit() throws {
        let (_, graph) = try graph(model)
        let stored = Dictionary(uniqueKeysWithValues: graph.messages(5).map { ($0.text(8), $0) })
        for tensor in tensors(model.generator) {
            let constant = try #require(stored[tensor.name])
            #expect(constant.integers(1) == tensor.shape && constant.integers(2) == [1], "\(tensor.name)")
            #expect(constant.bytes(9) == [tensor.values.withUnsafeBytes { Array($0) }], "\(tensor.name)")
        }
        // And what a reshape aims at: (batch, channels, a quarter of the sides).
        #expect(stored.count == tensors(model.generator).count + 1)
        let sides: [Int64] = [0, 13, 4, 3]
        #expect(stored["g.1.map.shape"]?.bytes(9) == [sides.withUnsafeBytes { Array($0) }])
        #expect(stored["g.1.map.shape"]?.integers(2) == [7])
    }

    @Test func batchesMayHaveAnyLength() throws {
        let (_, graph) = try graph(model)
        func shape(_ interface: ProtobufReader) -> (type: [Int], sides: [String]) {
            let tensor = interface.messages(2)[0].messages(1)[0]
            let sides = tensor.messages(2)[0].messages(1).map { $0.integers(1).first.map(String.init) ?? $0.text(2) }
            return (tensor.integers(1), sides)
        }
        #expect(graph.messages(11).map { $0.text(1) } == ["noise", "labels"])
        #expect(shape(graph.messages(11)[0]) == ([1], ["N", "5"]) && shape(graph.messages(11)[1]) == ([7], ["N"]))
        #expect(graph.messages(12).map { $0.text(1) } == ["images"])
        #expect(shape(graph.messages(12)[0]) == ([1], ["N", "3", "16", "12"]))
    }

    @Test func otherTablesOfBlocksAreWrittenToo() throws {
        let parameters = model.parameters
        var builder = PaperTable.Builder(.generator, FeatureShape(height: 1, width: 1, channels: parameters.noise), parameters)
        builder.add(.linear, to: FeatureShape(height: 8, width: 8, channels: 2), batchNorm: false, activation: .relu)
        builder.convolve(3, kernel: 4, stride: 2, label: .plane)
        builder.add(.linear, to: FeatureShape(height: 1, width: 1, channels: 7), label: .columns(2), activation: .relu)
        builder.add(.linear, to: model.image, batchNorm: false, activation: .sigmoid)
        let generator = NetworkDescription(.generator, builder.blocks, coreBlocks: 1...1)
        let other = ModelDescription(parameters, generator: generator, discriminator: model.discriminator)
        let (_, graph) = try graph(other)
        let first = ["Gemm", "Relu"]
        let second = ["Gather", "Reshape", "Reshape", "Concat", "Conv", "BatchNormalization", "LeakyRelu"]
        let third = ["Gather", "Flatten", "Concat", "Gemm", "BatchNormalization", "Relu"]
        #expect(types(graph) == first + second + third + ["Gemm", "Sigmoid", "Reshape", "Identity"])
    }

    @Test func aTensorThatIsMissingOrOfAnotherShapeIsNamed() throws {
        let all = tensors(model.generator)
        for (kept, named) in [(all.filter { $0.name != "g.2.bn.bias" }, "g.2.bn.bias"), ([], "g.0.embed.weight")] {
            #expect { try GeneratorModel(model, tensors: NamedTensors(kept)) } throws: { ($0 as? ONNXError)?.tensor == named }
        }
        var other = all
        other.append(NamedTensor(name: "g.4.deconv.bias", shape: [1], values: [0]))
        #expect { try GeneratorModel(model, tensors: other) } throws: {
            "\($0)".contains("'g.4.deconv.bias' is missing or not of shape [3]")
        }
    }
}
