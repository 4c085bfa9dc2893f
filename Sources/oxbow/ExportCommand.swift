import ArgumentParser
import Foundation
import OxbowEvaluation
import OxbowModel
import OxbowONNX

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a saved generator in a form that other programs run.",
        discussion: """
            onnx: inputs 'noise' (N x z float32, standard normal) and 'labels' (N int64), output 'images' (N x C x H x W
            float32 in [-1, 1]). PyTorch loads the safetensors as they are: see ops/examples/.
            Example: oxbow export --generator runs/mine/generator-0.safetensors --to onnx --out generator.onnx
            """)

    @Option(help: "A generator-<cluster>.safetensors that a run wrote.", completion: .safetensors)
    var generator: String

    @Option(help: "The form: onnx.") var to: Target

    @Option(help: "The file to write; one that exists is replaced.", completion: .file()) var out: String

    @Option(help: "text or json: how the written file is told.") var format = OutputFormat.text

    enum Target: String, ExpressibleByArgument, CaseIterable {
        case onnx
    }

    func run() throws {
        try OutputFolder.check(file: out)
        guard !OutputFolder.isSame(out, generator) else {
            throw Failure(.usage, "Unable to use '--out': it is the generator itself. Name another file.")
        }
        let file = try GeneratorFile.read(generator)
        let model = try GeneratorModel(ModelDescription(file.parameters), tensors: file.tensors)
        let bytes: [UInt8] =
            switch to {
            case .onnx: model.encode(version: Release.version, metadata: file.metadata)
            }
        try OutputFolder.write(Data(bytes), to: out)
        switch format {
        case .json: try printJSON(Written(generator: generator, to: to.rawValue, out: out, bytes: bytes.count))
        case .text: print(out)
        }
    }

    private struct Written: Encodable {
        var generator: String
        var to: String
        var out: String
        var bytes: Int
    }
}
