import COxbowWire
import Glibc

/// Memory of one encode or decode, given back as a whole; at most `limit` bytes, then allocation fails.
///
/// protobuf-c unpacks into it, so nested messages cannot exhaust memory, and nothing needs to be freed one by one.
final class WireArena {
    private let limit: Int
    private var used = 0
    private var chunks: [UnsafeMutableRawPointer] = []
    private var free: UnsafeMutableRawBufferPointer.SubSequence

    /// The first chunk is one that malloc keeps at hand (glibc: up to 1032 bytes); most messages need no second.
    private static let firstChunkBytes = 1 << 10
    private static let chunkBytes = 16 << 10
    private static let alignment = 16

    init(limit: Int) {
        self.limit = limit
        free = UnsafeMutableRawBufferPointer(start: nil, count: 0)[...]
    }

    deinit {
        for chunk in chunks { Glibc.free(chunk) }
    }

    /// 16-byte aligned memory; nil when the limit is reached.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount >= 0, byteCount <= limit - used else { return nil }
        let rounded = max(Self.alignment, (byteCount + Self.alignment - 1) & ~(Self.alignment - 1))
        if free.count < rounded {
            let size = max(chunks.isEmpty ? Self.firstChunkBytes : Self.chunkBytes, rounded)
            guard let chunk = malloc(size) else { return nil }
            chunks.append(chunk)
            free = UnsafeMutableRawBufferPointer(start: chunk, count: size)[...]
        }
        used += rounded
        let taken = UnsafeMutableRawBufferPointer(rebasing: free.prefix(rounded))
        free = free.dropFirst(rounded)
        return taken.baseAddress
    }

    /// Gives protobuf-c this arena as its allocator for the length of `body`.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = ProtobufCAllocator(
            alloc: { data, size in
                guard let data else { return nil }
                return Unmanaged<WireArena>.fromOpaque(data).takeUnretainedValue().allocate(size)
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        return withExtendedLifetime(self) { body(&allocator) }
    }
}

/// Building messages to be packed. Their memory is ours, so an arena for encoding has no limit.
extension WireArena {
    static func forEncoding() -> WireArena { WireArena(limit: Int.max / 2) }

    private func need(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let memory = allocate(byteCount) else { fatalError("out of memory for a message of \(byteCount) bytes") }
        return memory
    }

    /// A generated message, initialised by its generated function, then filled.
    func new<Message>(
        _ initialize: (UnsafeMutablePointer<Message>?) -> Void, _ fill: (inout Message) -> Void
    ) -> UnsafeMutablePointer<Message> {
        let message = need(MemoryLayout<Message>.size).bindMemory(to: Message.self, capacity: 1)
        initialize(message)
        fill(&message.pointee)
        return message
    }

    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = need(elements.count * MemoryLayout<Element>.stride)
        let array = memory.bindMemory(to: Element.self, capacity: elements.count)
        array.initialize(from: elements, count: elements.count)
        return array
    }

    /// A text that ends with a NUL.
    func text(_ text: String) -> UnsafeMutablePointer<CChar> {
        array(text.utf8.map { CChar(bitPattern: $0) } + [0])
    }

    func binary(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: bytes.count, data: array(bytes))
    }
}
