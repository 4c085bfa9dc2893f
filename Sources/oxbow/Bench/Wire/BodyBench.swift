import Foundation
import OxbowFleet
import OxbowKernels
import OxbowRuntime
import ZeroMQ

/// How fast a tensor gets into a message and out of one, beside a plain copy.
struct BodyBench {
    private let size: Int
    private var encode = Samples()
    private var encodeCopy = Samples()
    private var decode = Samples()
    private var decodeCopy = Samples()

    init(_ size: Int, seconds: Double) throws {
        self.size = size
        let bodies = TensorBodies(makeBody: FrameBody.factory)
        let tensor = Tensor([size / 4])
        for index in 0..<tensor.count { tensor.data[index] = Float(index & 1023) }
        let body = try bodies.body(of: [tensor])
        let end = ContinuousClock.now + .seconds(seconds)
        repeat {
            encode.add(try measured { _ = try bodies.body(of: [tensor]) })
            encodeCopy.add(measured { Self.copyIntoFrame(tensor) })
            decode.add(try measured { _ = try bodies.tensors(of: body, shapes: [tensor.shape], from: "the benchmark") })
            decodeCopy.add(measured { Self.copyIntoMemory(tensor) })
        } while ContinuousClock.now < end
    }

    private static func copyIntoFrame(_ tensor: Tensor) {
        let bytes = UnsafeRawBufferPointer(tensor.buffer)
        let message = Message(byteCount: bytes.count)
        // The bytes do not keep the message.
        withExtendedLifetime(message) { message.mutableBytes.copyMemory(from: bytes) }
    }

    private static func copyIntoMemory(_ tensor: Tensor) {
        let bytes = UnsafeRawBufferPointer(tensor.buffer)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        memory.copyMemory(from: bytes)
        memory.deallocate()
    }

    var row: BenchRow {
        BenchRow(
            "bodies", "\(size) bytes",
            [
                speed("encode", "encode", encode), speed("encode_copy", "copying", encodeCopy),
                BenchValue("encode_ratio", "ratio", ratio(encodeCopy, encode)),
                speed("decode", "decode", decode), speed("decode_copy", "copying out", decodeCopy),
                BenchValue("decode_ratio", "ratio out", ratio(decodeCopy, decode)),
            ])
    }

    private func speed(_ key: String, _ heading: String, _ seconds: Samples) -> BenchValue {
        BenchValue("\(key)_gigabytes_per_second", "\(heading) GB/s", Double(size) / seconds.median / 1e9)
    }

    private func ratio(_ plain: Samples, _ ours: Samples) -> Double {
        Samples(zip(plain.values, ours.values).map { $0 / $1 }).median
    }
}
