/// The type of a stored tensor's elements; the raw value is its name in the file.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
    case float32 = "F32"
    case float64 = "F64"
    case int32 = "I32"
    case int64 = "I64"
    case uint8 = "U8"

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .uint8: 1
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }
}

/// A Swift number that a state file can hold.
public protocol StoredElement: BitwiseCopyable, Sendable {
    static var elementType: ElementType { get }
}

extension Float: StoredElement {
    public static var elementType: ElementType { .float32 }
}
extension Double: StoredElement {
    public static var elementType: ElementType { .float64 }
}
extension Int32: StoredElement {
    public static var elementType: ElementType { .int32 }
}
extension Int64: StoredElement {
    public static var elementType: ElementType { .int64 }
}
extension UInt8: StoredElement {
    public static var elementType: ElementType { .uint8 }
}
