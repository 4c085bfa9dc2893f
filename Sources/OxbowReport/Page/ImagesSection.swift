extension ReportPage {
    /// A domain's grids: the newest large, the others in a strip. In a fleet, whose domains nobody told, a cluster's.
    var images: PageSection? {
        let all = pictures.filter { showsClusters ? Self.isOfCluster($0) : $0.facts.domain != nil }
        guard !all.isEmpty else { return nil }
        let others = showsClusters ? 0 : clusterPictures.reduce(0) { $0 + $1.addressCount }
        let chosen = PictureChoice.rounds(all, budget: PictureChoice.budget - others)
        let groups = Dictionary(grouping: all.filter { chosen.contains($0.facts.round) }, by: Self.owner)
        let names = showsClusters ? groups.keys.sorted { ($0.count, $0) < ($1.count, $1) } : report.domainNames
        let cards = names.compactMap { name -> HTML? in
            let own = (groups[name] ?? []).sorted { $0.facts.round < $1.facts.round }
            return own.last.map { grids(name, newest: $0, earlier: own.dropLast()) }
        }
        let available = Set(all.map(\.facts.round)).count
        let left = available - chosen.count
        let more =
            left > 0
            ? " \(chosen.count) of \(available) \(showsClusters ? "" : "evaluated ")rounds are shown; samples/ has all." : ""
        return PageSection(
            id: "images", title: "Generated images",
            lead: "A row for each class, the same noise in every round.\(more)",
            body: "<div class=\"row wide\">\n\(cards)</div>\n")
    }

    private var showsClusters: Bool { report.isOfFleet && !pictures.contains { $0.facts.domain != nil } }

    private static func isOfCluster(_ picture: GridPicture) -> Bool {
        picture.facts.domain == nil && picture.facts.cluster != nil
    }

    private static func owner(_ picture: GridPicture) -> String {
        picture.facts.domain ?? picture.facts.cluster.map { "cluster \($0)" } ?? ""
    }

    private func grids(_ domain: String, newest: GridPicture, earlier: some Collection<GridPicture>) -> HTML {
        let strip = earlier.map { picture -> HTML in
            """
            <figure><figcaption>round \(picture.facts.round)</figcaption>\
            \(image(picture, alt: "\(domain), round \(picture.facts.round)"))</figure>

            """
        }
        let slider: HTML = """
            <label class="slider" hidden>Round <input type="range" min="0" aria-label="Round of \(domain)">\
            <output>round \(newest.facts.round)</output></label>

            """
        let others: HTML = """
            <div class="strip" tabindex="0" role="region" aria-label="Earlier rounds of \(domain)">\(strip)</div>

            """
        return """
            <div class="card grids"><h3>\(domain), round \(newest.facts.round)</h3>
            \(labelled(newest, alt: "Images of \(domain) by class, round \(newest.facts.round)"))\
            \(strip.isEmpty ? "" : slider + others)</div>

            """
    }

    /// The last round's grid of each cluster's generator, side by side.
    var clusterImages: PageSection? {
        let shown = clusterPictures
        guard let round = shown.first?.facts.round, let last = report.rounds.first(where: { $0.round == round }) else {
            return nil
        }
        guard last.clusters.count > 1, !showsClusters else { return nil }
        let cards = shown.map { picture -> HTML in
            let cluster = picture.facts.cluster ?? 0
            let members = last.clusters.indices.contains(cluster) ? last.clusters[cluster] : []
            return """
                <div class="card"><h3>Cluster \(cluster)</h3><p class="small">\(membersText(members))</p>
                \(labelled(picture, alt: "Images of cluster \(cluster)'s generator by class, round \(round)"))</div>

                """
        }
        let hidden = last.clusters.count - shown.count
        let more = hidden > 0 ? " The first \(shown.count) of \(last.clusters.count) clusters are shown." : ""
        return PageSection(
            id: "cluster-images", title: "Clusters side by side",
            lead: "What each cluster's generator makes after round \(round), of the same noise.\(more)",
            body: "<div class=\"row full\">\n\(cards)</div>\n")
    }

    /// Of the last round that has any, by cluster.
    var clusterPictures: [GridPicture] {
        let all = pictures.filter(Self.isOfCluster)
        let last = all.map(\.facts.round).max()
        let shown = all.filter { $0.facts.round == last }.sorted { ($0.facts.cluster ?? 0) < ($1.facts.cluster ?? 0) }
        return Array(shown.prefix(12))
    }

    private func membersText(_ members: [String]) -> String {
        let domains = Dictionary(grouping: report.workers.filter { members.contains($0.id) }, by: \.domain)
        let counts = report.domainNames.compactMap { domain in
            domains[domain].map { "\(Self.counted($0.count, "worker")) of \(domain)" }
        }
        let few = members.count <= 6 ? " (\(members.map(name).joined(separator: ", ")))" : ""
        return (counts.isEmpty ? Self.counted(members.count, "worker") : counts.joined(separator: ", ")) + few
    }

    // MARK: One picture

    private func image(_ picture: GridPicture, alt: String) -> HTML {
        """
        <img src="\(HTML(stringLiteral: picture.address))" width="\(picture.width)" height="\(picture.height)" \
        alt="\(alt)" data-round="\(picture.facts.round)">
        """
    }

    /// With the number of its class beside each row.
    private func labelled(_ picture: GridPicture, alt: String) -> HTML {
        let count = max(1, picture.facts.classes)
        // Numbers of rows that are too low for text would lie on each other.
        let every = max(1, (count * 14 + 279) / 280)
        let labels = (0..<count).map { row -> HTML in
            row.isMultiple(of: every) ? "<li>\(row)</li>" : "<li></li>"
        }
        return """
            <div class="grid-picture"><ol aria-label="Classes">\(labels)</ol>\(image(picture, alt: alt))</div>

            """
    }
}
