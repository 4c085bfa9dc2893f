import OxbowWire
import ZeroMQ

extension SocketOptions.Security {
    /// Whether what is sent cannot be read on the way.
    public var isEncrypted: Bool { if case .none = self { false } else { true } }
}

extension SocketOptions {
    /// Of a member's connections to its broker.
    static func member(_ security: Security) -> SocketOptions {
        var options = SocketOptions()
        options.security = security
        options.linger = .seconds(2)
        options.maxMessageBytes = Int64(WireLimits.bodyBytes)
        options.reconnectInterval = .milliseconds(100)
        options.reconnectIntervalMax = .seconds(2)
        return options
    }
}
