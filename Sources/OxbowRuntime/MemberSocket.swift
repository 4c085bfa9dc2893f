import OxbowWire
import ZeroMQ

extension SocketOptions {
    /// Of a member's connections to its broker.
    static var member: SocketOptions {
        var options = SocketOptions()
        options.linger = .seconds(2)
        options.maxMessageBytes = Int64(WireLimits.bodyBytes)
        options.reconnectInterval = .milliseconds(100)
        options.reconnectIntervalMax = .seconds(2)
        return options
    }
}
