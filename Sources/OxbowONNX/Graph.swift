/// A computation as ONNX describes it: operators over named values.
struct Graph {
    var nodes: [Node] = []
    /// Values that are part of the file.
    var constants: [Constant] = []
    var inputs: [Interface] = []
    var outputs: [Interface] = []

    struct Node {
        /// ONNX's name of the operator, as "Gemm".
        var type: String
        var inputs: [String]
        var output: String
        var attributes: [(name: String, value: Attribute)] = []
    }

    enum Attribute {
        case integer(Int)
        case integers([Int])
        case float(Float)
    }

    struct Constant {
        var name: String
        var shape: [Int]
        var values: Values

        enum Values {
            case floats([Float])
            case integers([Int64])
        }
    }

    /// What goes in or out.
    struct Interface {
        var name: String
        var type: ElementType
        /// nil: as long as the batch.
        var shape: [Int?]
    }

    /// ONNX's numbers for the types of elements.
    enum ElementType: Int {
        case float32 = 1
        case int64 = 7
    }
}
