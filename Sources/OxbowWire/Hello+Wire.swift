import COxbowWire
import OxbowProtocol
import OxbowScheduling

extension WireArena {
    func hello(_ hello: Hello) -> UnsafeMutablePointer<Oxbow__V1__Hello> {
        new(oxbow__v1__hello__init) {
            $0.lowest_version = hello.lowestVersion
            $0.highest_version = hello.highestVersion
            $0.worker_id = text(hello.workerID)
            $0.role = Oxbow__V1__Role(UInt32(hello.role.rawValue))
            $0.tier = text(hello.tier)
            $0.lane = Oxbow__V1__Lane(UInt32(hello.lane.rawValue))
            $0.nonce = hello.nonce
            $0.capabilities = capabilities(hello.capabilities)
            $0.data = dataForm(hello.data)
            $0.n_saved_barriers = hello.savedBarriers.count
            $0.saved_barriers = array(hello.savedBarriers)
            $0.saved_run = hello.savedRun
            $0.link = link(hello.link)
        }
    }

    private func capabilities(_ capabilities: Capabilities) -> UnsafeMutablePointer<Oxbow__V1__Capabilities> {
        let tags = self.tags(capabilities.tags)
        let speeds = capabilities.speeds.map { speed in
            new(oxbow__v1__kernel_speed__init) {
                $0.width = speed.width
                $0.gflops = speed.gflops
                $0.outer_gflops = speed.outerGflops
            } as UnsafeMutablePointer<Oxbow__V1__KernelSpeed>?
        }
        return new(oxbow__v1__capabilities__init) {
            $0.memory_bytes = capabilities.memoryBytes
            $0.cores = capabilities.cores
            $0.instruction_set = text(capabilities.instructionSet)
            $0.n_speeds = speeds.count
            $0.speeds = array(speeds)
            $0.n_tags = tags.count
            $0.tags = array(tags)
        }
    }

    /// By the bytes of the key: a dictionary has no order, and equal messages must give equal bytes.
    func tags(_ tags: [String: String]) -> [UnsafeMutablePointer<Oxbow__V1__Tag>?] {
        tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { key, value in
            new(oxbow__v1__tag__init) {
                $0.key = text(key)
                $0.value = text(value)
            }
        }
    }

    func link(_ link: LinkQuality) -> UnsafeMutablePointer<Oxbow__V1__LinkQuality> {
        new(oxbow__v1__link_quality__init) {
            $0.round_trip_seconds = link.roundTripSeconds
            $0.up_bytes_per_second = link.upBytesPerSecond
            $0.down_bytes_per_second = link.downBytesPerSecond
        }
    }

    private func dataForm(_ data: DataForm) -> UnsafeMutablePointer<Oxbow__V1__DataForm> {
        new(oxbow__v1__data_form__init) {
            $0.samples = data.samples
            $0.height = data.height
            $0.width = data.width
            $0.channels = data.channels
            $0.classes = data.classes
            if !data.digest.isEmpty {
                $0.has_digest = 1
                $0.digest = binary(data.digest)
            }
        }
    }

    func welcome(_ welcome: Welcome) -> UnsafeMutablePointer<Oxbow__V1__Welcome> {
        new(oxbow__v1__welcome__init) {
            $0.version = welcome.version
            $0.member = member(welcome.member)
            $0.session_epoch = welcome.sessionEpoch
            $0.credits = welcome.credits
            $0.heartbeat_ms = welcome.heartbeat_ms
            $0.lease_ms = welcome.lease_ms
            $0.probes_link = welcome.probesLink ? 1 : 0
        }
    }
}

extension Hello {
    init(_ hello: Oxbow__V1__Hello) throws(WireError) {
        let subject = "hello"
        self.init(
            lowestVersion: hello.lowest_version, highestVersion: hello.highest_version,
            workerID: String(cString: hello.worker_id), role: try known(hello.role.rawValue, subject),
            tier: String(cString: hello.tier), lane: try known(hello.lane.rawValue, subject), nonce: hello.nonce,
            capabilities: try Capabilities(part(hello.capabilities, subject)),
            link: LinkQuality(try part(hello.link, subject)),
            data: DataForm(try part(hello.data, subject)),
            savedBarriers: Array(UnsafeBufferPointer(start: hello.saved_barriers, count: hello.n_saved_barriers)),
            savedRun: hello.saved_run)
    }
}

extension Capabilities {
    fileprivate init(_ capabilities: Oxbow__V1__Capabilities) throws(WireError) {
        let tags = try tagValues(UnsafeBufferPointer(start: capabilities.tags, count: capabilities.n_tags), "hello")
        var speeds: [KernelSpeed] = []
        for speed in UnsafeBufferPointer(start: capabilities.speeds, count: capabilities.n_speeds) {
            let speed = try part(speed, "hello")
            speeds.append(KernelSpeed(width: speed.width, gflops: speed.gflops, outerGflops: speed.outer_gflops))
        }
        self.init(
            memoryBytes: capabilities.memory_bytes, cores: capabilities.cores,
            instructionSet: String(cString: capabilities.instruction_set), speeds: speeds, tags: tags)
    }
}

func tagValues(
    _ list: UnsafeBufferPointer<UnsafeMutablePointer<Oxbow__V1__Tag>?>, _ subject: String
) throws(WireError) -> [String: String] {
    var tags: [String: String] = [:]
    var previous = ""
    for tag in list {
        let tag = try part(tag, subject)
        let key = String(cString: tag.key)
        // Canonically equal keys differ in bytes but are one key of a dictionary.
        guard tags.isEmpty || previous.utf8.lexicographicallyPrecedes(key.utf8), tags[key] == nil else {
            throw .malformed(subject, "tag '\(key)' is out of order or there twice")
        }
        tags[key] = String(cString: tag.value)
        previous = key
    }
    return tags
}

extension LinkQuality {
    init(_ link: Oxbow__V1__LinkQuality) {
        self.init(
            roundTripSeconds: link.round_trip_seconds, upBytesPerSecond: link.up_bytes_per_second,
            downBytesPerSecond: link.down_bytes_per_second)
    }
}

extension DataForm {
    fileprivate init(_ data: Oxbow__V1__DataForm) {
        self.init(
            samples: data.samples, height: data.height, width: data.width, channels: data.channels,
            classes: data.classes, digest: data.has_digest != 0 ? OperatorCodec.bytes(data.digest) : [])
    }
}

extension Welcome {
    init(_ welcome: Oxbow__V1__Welcome) throws(WireError) {
        self.init(
            version: welcome.version, member: try memberID(part(welcome.member, "welcome"), "welcome"),
            sessionEpoch: welcome.session_epoch, credits: welcome.credits, heartbeat_ms: welcome.heartbeat_ms,
            lease_ms: welcome.lease_ms, probesLink: welcome.probes_link != 0)
    }
}
