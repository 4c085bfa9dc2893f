import OxbowData

extension LocalShard {
    /// What a judge of this worker's own learns and is measured by: the images that it trains on, and the held-out ones of their
    /// classes. The domain itself, if the worker has all of it.
    ///
    /// Throws `DataError` if none are held out.
    public func judged() throws(DataError) -> Domain {
        guard members != Array(0..<domain.train.count) else { return domain }
        let train = domain.train.subset(members)
        let labels = Set(train.labels)
        let test = domain.test.labels.indices.filter { labels.contains(domain.test.labels[$0]) }
        return try Domain(name: domain.name, train: train, test: domain.test.subset(test), testOrigin: domain.testOrigin)
    }
}
