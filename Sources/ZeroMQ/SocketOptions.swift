import CZeroMQ

/// Everything about a socket that is fixed before it binds or connects. Nil leaves libzmq's own default.
public struct SocketOptions: Sendable {
    /// How long closing waits for unsent messages; libzmq's default would wait for ever.
    public var linger: Duration = .zero
    /// Messages queued for each peer before a send would block; 0 is no limit.
    public var sendQueue: Int32?
    /// Messages queued from each peer before it is no longer read; 0 is no limit.
    public var receiveQueue: Int32?
    /// A peer that sends a larger frame is disconnected. For each frame, not for a whole message.
    public var maxMessageBytes: Int64?
    /// ROUTER: a message to an unknown peer is a result instead of being dropped in silence.
    public var routerMandatory = false
    /// Queue only for connections that are complete: a send with nobody there would block.
    public var immediate = false
    /// DEALER: the name a ROUTER sees; nil lets the ROUTER choose. 1 to 255 bytes, the first not 0.
    public var routingID: [UInt8]?
    /// Ping the peer this often (ZMTP); a dead connection is found within `heartbeatTimeout`.
    public var heartbeatInterval: Duration?
    public var heartbeatTimeout: Duration?
    public var reconnectInterval: Duration?
    /// The interval doubles from `reconnectInterval` up to this.
    public var reconnectIntervalMax: Duration?
    /// How long a new connection may take to introduce itself.
    public var handshakeTimeout: Duration?
    public var connectTimeout: Duration?
    public var tcpKeepalive = false
    public var ipv6 = false
    public var security: Security = .none

    public enum Security: Sendable {
        case none
        /// Whom to let in is asked of the context's `AuthenticationRequest`s; without a socket that answers them, everybody.
        case curveServer(secretKey: CurveKey)
        case curveClient(serverKey: CurveKey, publicKey: CurveKey, secretKey: CurveKey)
    }

    public init() {}
}

extension SocketOptions {
    /// Sets every option. A value libzmq refuses is our own mistake and traps.
    func apply(to socket: UnsafeMutableRawPointer) {
        set(socket, ZMQ_LINGER, linger)
        set(socket, ZMQ_SNDHWM, sendQueue)
        set(socket, ZMQ_RCVHWM, receiveQueue)
        if let maxMessageBytes { setValue(socket, ZMQ_MAXMSGSIZE, maxMessageBytes) }
        if routerMandatory { set(socket, ZMQ_ROUTER_MANDATORY, 1) }
        if immediate { set(socket, ZMQ_IMMEDIATE, 1) }
        if let routingID { setBytes(socket, ZMQ_ROUTING_ID, routingID) }
        set(socket, ZMQ_HEARTBEAT_IVL, heartbeatInterval)
        set(socket, ZMQ_HEARTBEAT_TIMEOUT, heartbeatTimeout)
        set(socket, ZMQ_RECONNECT_IVL, reconnectInterval)
        set(socket, ZMQ_RECONNECT_IVL_MAX, reconnectIntervalMax)
        set(socket, ZMQ_HANDSHAKE_IVL, handshakeTimeout)
        set(socket, ZMQ_CONNECT_TIMEOUT, connectTimeout)
        if tcpKeepalive { set(socket, ZMQ_TCP_KEEPALIVE, 1) }
        if ipv6 { set(socket, ZMQ_IPV6, 1) }
        apply(security, to: socket)
    }

    private func apply(_ security: Security, to socket: UnsafeMutableRawPointer) {
        switch security {
        case .none: break
        case .curveServer(let secretKey):
            set(socket, ZMQ_CURVE_SERVER, 1)
            setBytes(socket, ZMQ_CURVE_SECRETKEY, secretKey.bytes)
            setBytes(socket, ZMQ_ZAP_DOMAIN, Array("oxbow".utf8))
        case .curveClient(let serverKey, let publicKey, let secretKey):
            setBytes(socket, ZMQ_CURVE_SERVERKEY, serverKey.bytes)
            setBytes(socket, ZMQ_CURVE_PUBLICKEY, publicKey.bytes)
            setBytes(socket, ZMQ_CURVE_SECRETKEY, secretKey.bytes)
        }
    }

    private func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Int32?) {
        if let value { setValue(socket, option, value) }
    }

    private func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Duration?) {
        if let value { setValue(socket, option, Int32(value.milliseconds)) }
    }

    private func setValue<Value: BitwiseCopyable>(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Value) {
        withUnsafeBytes(of: value) { bytes in
            _ = must("set socket option") { zmq_setsockopt(socket, option, bytes.baseAddress, bytes.count) }
        }
    }

    private func setBytes(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in
            _ = must("set socket option") { zmq_setsockopt(socket, option, bytes.baseAddress, bytes.count) }
        }
    }
}
