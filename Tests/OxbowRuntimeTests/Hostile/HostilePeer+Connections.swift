// Those who say nothing at all.
extension HostilePeer {
    /// Connections that are held for a while: more than there may be.
    static let silentConnections = HostilePeer(name: "silent connections") { attacker in
        _ = ConnectionFlood.open(attacker.endpoint, 700, holding: 400)
    }

    /// Connections that are dropped as soon as they are there.
    static let manyConnections = HostilePeer(name: "connections that come and go") { attacker in
        _ = ConnectionFlood.open(attacker.endpoint, 700, holding: 0)
    }
}
