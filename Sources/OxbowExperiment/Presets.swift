/// Experiments that come with the program, as the YAML that a person would write. All numbers are here.
public enum Preset: String, Codable, Hashable, Sendable, CaseIterable {
    /// Ends within a minute on two cores: shows that everything works.
    case smoke
    /// Ends within five minutes on two cores: two domains, unequal machines, recognisable images.
    case demo
    /// The published experiment with two domains and 100 workers.
    case paper

    /// The file.
    public var yaml: String {
        switch self {
        case .smoke: Self.smokeText
        case .demo: Self.demoText
        case .paper: Self.paperText
        }
    }

    private static let smokeText = """
        seed: 1
        model: { width: 0.125, batch: 16, noise: 100 }
        data: { domains: [mnist], partition: iid }
        fleet:
          - { tier: small, workers: 1, domain: mnist, cuts: [0, 0, 0, 0] }
          - { tier: large, workers: 1, domain: mnist, cuts: [1, 1, 1, 1] }
        rounds: 2
        steps_per_round: 8
        method: oxbow
        evaluation: { every: 0, samples: 200, classification: false }
        """

    private static let demoText = """
        seed: 1
        model: { width: 0.25, batch: 32, noise: 100 }
        data: { domains: [mnist, fashion_mnist], partition: iid }
        fleet:
          - { tier: small, workers: 1, domain: mnist, cuts: [0, 0, 0, 0] }
          - { tier: large, workers: 1, domain: mnist, cuts: [1, 1, 1, 1] }
          - { tier: small, workers: 1, domain: fashion_mnist, cuts: [0, 0, 0, 0] }
          - { tier: medium, workers: 1, domain: fashion_mnist, cuts: [0, 1, 1, 0] }
        rounds: 10
        steps_per_round: 150
        method: oxbow
        optimizer: { learning_rate: 0.001 }
        evaluation: { every: 5, samples: 5000, classification: true, classification_images: 5000, classification_epochs: 2 }
        """

    private static let paperText = """
        seed: 1
        model: { width: 1.0, batch: 64, noise: 100 }
        data: { domains: [mnist, fashion_mnist], partition: iid }
        fleet:
          - { tier: device1, workers: 8, domain: mnist }
          - { tier: device2, workers: 7, domain: mnist }
          - { tier: device3, workers: 7, domain: mnist }
          - { tier: device4, workers: 7, domain: mnist }
          - { tier: device5, workers: 7, domain: mnist }
          - { tier: device6, workers: 7, domain: mnist }
          - { tier: device7, workers: 7, domain: mnist }
          - { tier: device1, workers: 8, domain: fashion_mnist }
          - { tier: device2, workers: 7, domain: fashion_mnist }
          - { tier: device3, workers: 7, domain: fashion_mnist }
          - { tier: device4, workers: 7, domain: fashion_mnist }
          - { tier: device5, workers: 7, domain: fashion_mnist }
          - { tier: device6, workers: 7, domain: fashion_mnist }
          - { tier: device7, workers: 7, domain: fashion_mnist }
        rounds: 50
        local_epochs: 5
        method: published
        evaluation: { every: 1, samples: 5000, classification: true }
        """
}
