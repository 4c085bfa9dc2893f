/// An activation that batch norm fuses: z where positive, else slope * z.
public enum Activation: Hashable, Sendable {
    case none
    case relu
    /// The slope is within 0...1.
    case leakyRelu(Float)

    /// 1, 0, or the slope.
    public var slope: Float {
        switch self {
        case .none: return 1
        case .relu: return 0
        case .leakyRelu(let slope):
            precondition(slope >= 0 && slope <= 1, "LeakyReLU slope \(slope)")
            return slope
        }
    }
}
