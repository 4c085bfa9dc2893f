/// Both networks as data, made from a few numbers; every executor, planner and message size follows from it.
public struct ModelDescription: Hashable, Sendable {
    public let parameters: ModelParameters
    public let generator: NetworkDescription
    public let discriminator: NetworkDescription

    /// The paper's table at these numbers; throws `ModelError` with what to change.
    public init(_ parameters: ModelParameters) throws {
        try Self.check(parameters)
        self.parameters = parameters
        self.generator = PaperTable.generator(parameters)
        self.discriminator = PaperTable.discriminator(parameters)
    }

    /// Any networks, so that tests can try tables other than the paper's.
    init(_ parameters: ModelParameters, generator: NetworkDescription, discriminator: NetworkDescription) {
        self.parameters = parameters
        self.generator = generator
        self.discriminator = discriminator
    }

    public subscript(network: Network) -> NetworkDescription { network == .generator ? generator : discriminator }
    public subscript(name: BlockName) -> BlockDescription { self[name.network].blocks[name.index] }

    /// One image.
    public var image: FeatureShape { discriminator.blocks[0].input }
    /// Every block of both networks.
    public var blockNames: [BlockName] { Network.allCases.flatMap { self[$0].blocks.map(\.name) } }
    /// The block of D whose output on real images tells workers' domains apart.
    public var signalBlock: BlockName { BlockName(.discriminator, discriminator.coreBlocks.lowerBound) }

    static func check(_ parameters: ModelParameters) throws {
        func require(_ condition: Bool, _ subject: String, _ reason: String) throws {
            guard condition else { throw ModelError(subject: subject, reason: reason) }
        }
        try require(
            parameters.width.isFinite && parameters.width > 0 && parameters.width <= 16, "width \(parameters.width)",
            "choose a multiplier above 0 and up to 16")
        for (name, size) in [("height", parameters.imageHeight), ("width", parameters.imageWidth)] {
            try require(
                size >= 8 && size <= 1024 && size.isMultiple(of: 4), "image \(name) \(size)",
                "two strides of 2 need a multiple of 4 from 8 to 1024")
        }
        try require(
            (1...4).contains(parameters.imageChannels), "\(parameters.imageChannels) image channels", "choose 1 to 4")
        try require((1...65536).contains(parameters.classes), "\(parameters.classes) classes", "choose 1 to 65536")
        try require((1...65536).contains(parameters.noise), "noise of length \(parameters.noise)", "choose 1 to 65536")
    }
}

/// Why a model, its cuts or a message's shape cannot be.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
    public let subject: String
    /// What is wrong or what to choose instead.
    public let reason: String

    public init(subject: String, reason: String) {
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "Unable to build the model with '\(subject)': \(reason)." }
}
