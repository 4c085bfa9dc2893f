extension DataSet {
    /// The data sets that can be fetched by name.
    ///
    /// Sizes and SHA-256 are those that TensorFlow Datasets publishes in its url_checksums; torchvision publishes MD5s of
    /// the same files at the same addresses.
    public static let catalogue: [DataSet] = [
        DataSet(
            name: "mnist", source: "https://ossci-datasets.s3.amazonaws.com/mnist",
            licence: "CC BY-SA 3.0, Y. LeCun and C. Cortes",
            files: files([
                (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            ])),
        DataSet(
            name: "fashion_mnist", source: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
            licence: "MIT, Zalando SE",
            files: files([
                (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            ])),
        DataSet(
            name: "kmnist", source: "http://codh.rois.ac.jp/kmnist/dataset/kmnist",
            licence: "CC BY-SA 4.0, ROIS-DS Center for Open Data in the Humanities",
            files: files([
                (18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
                (29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
                (3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
                (5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
            ])),
    ]

    /// MNIST's names, which its successors kept: training images and labels, test images and labels.
    public static let names = [
        (published: "train-images-idx3-ubyte.gz", local: "images-idx3-ubyte.gz"),
        (published: "train-labels-idx1-ubyte.gz", local: "labels-idx1-ubyte.gz"),
        (published: "t10k-images-idx3-ubyte.gz", local: "test-images-idx3-ubyte.gz"),
        (published: "t10k-labels-idx1-ubyte.gz", local: "test-labels-idx1-ubyte.gz"),
    ]

    /// Files by those names from sizes and checksums in the same order.
    public static func files(_ facts: [(bytes: Int, checksum: String)]) -> [File] {
        zip(names, facts).map {
            File(published: $0.published, local: $0.local, bytes: $1.bytes, checksum: $1.checksum)
        }
    }
}
