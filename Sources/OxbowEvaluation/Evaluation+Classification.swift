import OxbowData

extension Evaluation {
    /// Trains a classifier on generated images only and tests it on the domain's real held-out ones.
    ///
    /// Images have the labels i mod the domain's classes and, as real ones, 8 bits a pixel. A function of generator,
    /// domain, numbers and seed. `progress` is called on this thread, and what it throws ends the training; the making of
    /// the images counts as one epoch. Throws `EvaluationError` when generator and domain do not fit, or when an image
    /// holds something that is no number, and `KernelError`.
    public static func classification(
        _ sampler: GeneratorSampler, _ domain: Domain, images: Int = 30_000, epochs: Int = 15, seed: UInt64,
        progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> Classification {
        precondition(images > 0 && epochs > 0, "\(images) images, \(epochs) epochs")
        let form = ImageForm(domain)
        try check(sampler.model, form)
        let start = ContinuousClock.now
        let all = Double(epochs + 1)
        let generated = try imageSet(sampler, form, count: images, seed: seed) {
            try progress(TrainingProgress(fraction: $0 / all, since: start))
        }
        let training = try ClassifierTraining(form, generated, seed: seed, recipe: .downstream(epochs: epochs))
        try training.run {
            try progress(TrainingProgress(fraction: (1 + $0.fraction * Double(epochs)) / all, since: start))
        }
        return Classification(training.network.confusion(on: domain.test), images: images, epochs: epochs)
    }

    private static func imageSet(
        _ sampler: GeneratorSampler, _ form: ImageForm, count: Int, seed: UInt64, progress: (Double) throws -> Void
    ) throws -> ImageSet {
        let labels = (0..<count).map { $0 % form.classes }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * form.imageSize)
        try sampler.forEachBatch(labels: labels.map(Int32.init), seed: seed, series: .classification) { images, range in
            try checkFinite(images)
            pixels.append(contentsOf: images.lazy.map(shade))
            try progress(Double(range.upperBound) / Double(count))
        }
        return ImageSet(
            height: form.height, width: form.width, channels: form.channels, pixels: pixels, labels: labels.map(UInt8.init))
    }
}

extension Classification {
    init(_ confusion: ConfusionMatrix, images: Int, epochs: Int) {
        self.init(
            accuracy: confusion.accuracy, precision: confusion.precision, recall: confusion.recall, f1: confusion.f1,
            fpr: confusion.fpr, images: images, epochs: epochs)
    }
}

extension ClassifierNetwork {
    /// What the likeliest classes are for labelled images; of equals the first.
    func confusion(on images: ImageSet) -> ConfusionMatrix {
        var confusion = ConfusionMatrix(classes: form.classes)
        var labels: [Int32] = []
        for start in stride(from: 0, to: images.count, by: batch) {
            let indices = Array(start..<min(start + batch, images.count))
            let filled = input.buffer[..<(indices.count * form.imageSize)]
            images.fill(indices, images: UnsafeMutableBufferPointer(rebasing: filled), labels: &labels)
            forward()
            for (image, label) in labels.enumerated() {
                let row = logits.buffer[(image * form.classes)..<((image + 1) * form.classes)]
                let best = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
                confusion.add(actual: Int(label), predicted: best - row.startIndex)
            }
        }
        return confusion
    }
}
