import Foundation
import OxbowModel
import OxbowProtocol
import ZeroMQ

/// Edges and a core on threads of their own, each with its own sockets and I/O thread, around one middle.
///
/// An edge has one exchange under way, as in training: it sends a body up, the core sends the same body back down, and
/// after three exchanges all edges wait for each other.
// Sendable: everything mutable is under the lock; a peer is used by its own thread only.
final class RouteFleet: @unchecked Sendable {
    typealias MakePeer = @Sendable (Role, UInt32) throws -> any LoadPeer

    private let condition = NSCondition()
    private let edges: Int
    private let bodies: BodySource
    private var turns: [RouteTurn] = []
    private var isOver = false
    private var joined = 0
    private var left = 0
    private var failure: (any Error)?

    /// Returns once the core has joined and all edges are about to.
    init(edges: Int, size: Int, makePeer: @escaping MakePeer) throws {
        self.edges = edges
        bodies = BodySource(size)
        start("core") { [self] in try serve(makePeer(.core, 0)) }
        try wait { joined == 1 }
        for slot in 0..<UInt32(edges) { start("edge") { [self] in try drive(makePeer(.edge, slot), slot) } }
        try wait { joined == edges + 1 }
    }

    /// Lets all edges go on for so long, then to the end of their half.
    /// - Parameter alone: only one message is under way in the whole fleet.
    func turn(seconds: Double, alone: Bool = false) throws -> RouteTurn.Result {
        let turn = RouteTurn(seconds: seconds, alone: alone, edges: edges)
        condition.withLock { turns.append(turn) }
        condition.broadcast()
        try wait { turn.isDone }
        return turn.result
    }

    /// Ends all threads.
    func end() {
        condition.withLock { isOver = true }
        condition.broadcast()
        condition.lock()
        let deadline = Date().addingTimeInterval(10)
        while left < edges + 1, condition.wait(until: deadline) {}
        condition.unlock()
    }

    private func start(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        let thread = Thread { [self] in
            do {
                try body()
            } catch {
                condition.withLock { failure = failure ?? error }
            }
            condition.withLock { left += 1 }
            condition.broadcast()
        }
        thread.name = name
        thread.start()
    }

    private func wait(until isTrue: () -> Bool) throws {
        condition.lock()
        defer { condition.unlock() }
        while !isTrue() {
            if let failure { throw failure }
            _ = condition.wait(until: Date().addingTimeInterval(0.2))
        }
    }

    private func hasJoined() {
        condition.withLock { joined += 1 }
        condition.broadcast()
    }

    /// The core: what comes up goes down again, the same frame.
    private func serve(_ peer: any LoadPeer) throws {
        hasJoined()
        while !condition.withLock({ isOver }) {
            while let (key, body) = try peer.receive(.milliseconds(100)) {
                var answer = key
                answer.direction = .down
                try peer.send(answer, body)
            }
        }
    }

    private func drive(_ peer: any LoadPeer, _ slot: UInt32) throws {
        hasJoined()
        var done = 0
        var next: (half: HalfStep, term: UInt32)?
        while let turn = nextTurn(after: done) {
            var number = 0
            let half = try next ?? peer.nextHalf()
            next = half
            turn.begin()
            var current = half
            repeat {
                number += 1
                try carryOut(current, peer, slot, turn)
                current = try peer.nextHalf()
            } while turn.goesOn(after: number)
            next = current
            turn.end()
            condition.broadcast()
            done += 1
        }
    }

    private func nextTurn(after done: Int) -> RouteTurn? {
        condition.lock()
        defer { condition.unlock() }
        while turns.count == done, !isOver { condition.wait() }
        return isOver ? nil : turns[done]
    }

    private func carryOut(
        _ order: (half: HalfStep, term: UInt32), _ peer: any LoadPeer, _ slot: UInt32, _ turn: RouteTurn
    ) throws {
        var seconds: [Double] = []
        for exchange in Exchange.of(order.half.half) {
            let key = ExchangeKey(
                term: order.term, round: order.half.round, step: order.half.step, exchange: exchange, direction: .up,
                slot: slot)
            seconds.append(try turn.exclusively { try measured { try ask(key, peer) } })
        }
        turn.add(seconds, bytes: 2 * seconds.count * bodies.size)
    }

    private func ask(_ key: ExchangeKey, _ peer: any LoadPeer) throws {
        try peer.send(key, bodies.next())
        guard let (answer, body) = try peer.receive(.seconds(30)) else {
            throw Failure(.peer, "Unable to go on with the benchmark: no answer to \(key) came within 30 seconds.")
        }
        guard answer.exchange == key.exchange, answer.slot == key.slot, body.byteCount == bodies.size else {
            throw Failure(.bug, "Unable to go on with the benchmark: \(answer) came as answer to \(key).")
        }
    }
}

extension Exchange {
    /// Those of a half, in order.
    static func of(_ half: Half) -> [Exchange] {
        switch half {
        case .discriminator: [.generatorActivations, .discriminatorActivations, .discriminatorGradients]
        case .generator: [.generatorPassActivations, .generatorPassGradients, .generatorGradients]
        }
    }
}

/// Bodies over the same bytes, so that making one costs no copy.
// Sendable: the memory is never written after `init`.
private final class BodySource: @unchecked Sendable {
    let size: Int
    private let memory: UnsafeMutableRawBufferPointer

    init(_ size: Int) {
        self.size = size
        memory = .allocate(byteCount: size, alignment: 64)
        for index in memory.indices { memory[index] = UInt8(truncatingIfNeeded: index &* 167) }
    }

    deinit { memory.deallocate() }

    /// The frame keeps this object.
    func next() -> Message { Message(borrowing: memory) { [self] in withExtendedLifetime(self) {} } }
}
