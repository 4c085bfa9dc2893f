extension ReportPage {
    /// A domain's grids: the newest large, the others in a strip.
    var images: PageSection? {
        let all = pictures.filter { $0.facts.domain != nil }
        guard !all.isEmpty else { return nil }
        let budget = PictureChoice.budget - clusterPictures.reduce(0) { $0 + $1.addressCount }
        let chosen = PictureChoice.rounds(all, budget: budget)
        let cards = report.domainNames.compactMap { domain -> HTML? in
            let own = all.filter { $0.facts.domain == domain && chosen.contains($0.facts.round) }
                .sorted { $0.facts.round < $1.facts.round }
            return own.last.map { grids(domain, newest: $0, earlier: own.dropLast()) }
        }
        let available = Set(all.map(\.facts.round)).count
        let left = available - chosen.count
        let more = left > 0 ? " \(chosen.count) of \(available) evaluated rounds are shown; samples/ has all." : ""
        return PageSection(
            id: "images", title: "Generated images",
            lead: "A row for each class, the same noise in every round.\(more)",
            body: "<div class=\"row wide\">\n\(cards)</div>\n")
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
        guard last.clusters.count > 1 else { return nil }
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
        let all = pictures.filter { $0.facts.domain == nil && $0.facts.cluster != nil }
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
        return counts.joined(separator: ", ") + few
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
