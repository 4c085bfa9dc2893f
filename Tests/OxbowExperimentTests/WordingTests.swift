import OxbowExperiment
import Testing

private func complaint(_ yaml: String, set overrides: [String] = []) -> String {
    do {
        _ = try Experiment.parse(yaml, subject: "x.yaml", overrides: overrides)
        return "no error"
    } catch { return error.description }
}

@Suite struct WordingTests {
    @Test(arguments: [
        ("round: 3", "Unable to use 'round': there is no such key in the experiment. Did you mean 'rounds'? Known there: "),
        (
            "model: { widht: 1 }",
            "Unable to use 'model.widht': there is no such key in 'model'. Did you mean 'model.width'? "
                + "Known there: batch, noise, width."
        ),
        (
            "learning_rate: 1",
            "Unable to use 'learning_rate': there is no such key in the experiment. "
                + "Did you mean 'optimizer.learning_rate'? "
        ),
        ("colour: red", "Unable to use 'colour': there is no such key in the experiment. Known there: core, data, "),
        ("rounds: 0", "Unable to use 'rounds': its value is '0'. Allowed: a whole number from 1 to 100000."),
        ("rounds: \"3\"", "Unable to use 'rounds': its value is '3'. Allowed: a whole number from 1 to 100000."),
        ("rounds: [1]", "Unable to use 'rounds': its value is a list of 1. Allowed: a whole number from 1 to 100000."),
        ("model: 3", "Unable to use 'model': its value is '3'. Allowed: a map of keys and values."),
        ("model: { width: .nan }", "Unable to use 'model.width': its value is '.nan'. Allowed: a number above 0.0 to 16.0."),
        ("model: { width: inf }", "Unable to use 'model.width': its value is 'inf'."),
        ("quorum: 1.5", "Unable to use 'quorum': its value is '1.5'. Allowed: a number above 0.0 to 1.0."),
        ("seed: -1", "Unable to use 'seed': its value is '-1'. Allowed: a whole number from 0 to 18446744073709551615."),
        ("method: oxbo", "Unable to use 'method': its value is 'oxbo'. Allowed: oxbow, published (did you mean 'oxbow'?)."),
        (
            "data: { partition: noniid }",
            "Unable to use 'data.partition': its value is 'noniid'. "
                + "Allowed: iid, non-iid, highly-non-iid (did you mean 'non-iid'?)."
        ),
        ("data: { domains: [] }", "Unable to use 'data.domains': its value is a list of 0. Allowed: a list of domain names"),
        (
            "data: { domains: [mnist, mnist] }",
            "Unable to use 'data.domains.1': its value is 'mnist'. Allowed: every domain once."
        ),
        ("data: { domains: [../etc] }", "Unable to use 'data.domains.0': its value is '../etc'. Allowed: 1 to 64 of"),
        (
            "evaluation: { classification: 1 }",
            "Unable to use 'evaluation.classification': its value is '1'. Allowed: true or false."
        ),
        (
            "evaluation: { classification_images: 0 }",
            "Unable to use 'evaluation.classification_images': its value is '0'. "
                + "Allowed: a whole number from 1 to 1000000."
        ),
        (
            "evaluation: { classification_epochs: 1.5 }",
            "Unable to use 'evaluation.classification_epochs': its value is '1.5'. "
                + "Allowed: a whole number from 1 to 1000."
        ),
        ("fleet: [ { cuts: [0, 0, 0] } ]", "Unable to use 'fleet.0.cuts': its value is [0, 0, 0]. Allowed: four numbers"),
        (
            "fleet: [ { cuts: [0, 2, 0, 0] } ]",
            "Unable to use 'fleet.0.cuts': its value is [0, 2, 0, 0]. "
                + "Allowed: four numbers [gh, gt, dh, dt], each from 0 to at most [1, 1, 1, 1]."
        ),
        (
            "fleet: [ { domain: kmnist } ]",
            "Unable to use 'fleet.0.domain': its value is 'kmnist'. "
                + "Allowed: one of data.domains, mnist, fashion_mnist."
        ),
        (
            "fleet: [ { teir: a } ]",
            "Unable to use 'fleet.0.teir': there is no such key in 'fleet.0'. Did you mean 'fleet.0.tier'? "
        ),
        ("fleet: [ { domain: mnist } ]", "Unable to use 'data.domains': no worker of the fleet has 'fashion_mnist'."),
        (
            "{ steps_per_round: 1, local_epochs: 1 }",
            "Unable to use 'local_epochs': both steps_per_round and local_epochs are given."
        ),
        (
            "{ min_head: 1, fleet: [ {}, { cuts: [0, 0, 1, 0] } ] }",
            "Unable to use 'fleet.1.cuts': its value is [0, 0, 1, 0]. "
                + "Allowed: heads of at least min_head, 1, and tails of at least min_tail, 0."
        ),
        (
            "requires: { defalt: { min_workers: 1 } }",
            "Unable to use 'requires.defalt': there is no such key in 'requires'. "
                + "Did you mean 'requires.default'? Known there: default."
        ),
        (
            "requires: { default: { memory: 3 parsecs } }",
            "Unable to use 'requires.default.memory': its value is '3 parsecs'. "
                + "Allowed: bytes, such as 67108864, 64MiB or 1.5GB."
        ),
        ("{ steps_per_round: 2, method_options: { signal_steps: 3 } }", "Unable to use 'method_options.signal_steps'"),
        (
            "method_options: { clusters: 9 }",
            "Unable to use 'method_options.clusters': its value is '9'. "
                + "Allowed: up to the fleet's 4 workers, or 0."
        ),
        (
            "rounds: 1\nrounds: 2",
            "Unable to read 'x.yaml': the map at line 1 has the key 'rounds' twice. Correct the YAML there."
        ),
        ("rounds: [1", "Unable to read 'x.yaml': line 2, column 1: "),
        ("- 1", "Unable to read 'x.yaml': it is not a map of keys."),
    ])
    func errorsAreOneSentence(_ yaml: String, _ beginning: String) {
        let text = complaint(yaml)
        #expect(text.hasPrefix(beginning), "\(text)")
        #expect(text.hasSuffix("."))
    }

    @Test func overridesAreExplained() {
        #expect(complaint("", set: ["rounds"]).hasPrefix("Unable to set 'rounds': it is not of the form key=value. Write --set"))
        #expect(complaint("", set: ["a..b=1"]).hasPrefix("Unable to set 'a..b=1': it is not of the form key=value."))
        #expect(complaint("", set: ["model.widht=1"]).contains("Did you mean 'model.width'?"))
        let beyond = complaint("", set: ["fleet.5.workers=1"])
        #expect(beyond == "Unable to set 'fleet.5': 'fleet' is a list of 2. Use a position from 0 to 1, or 2 to add one.")
        #expect(complaint("", set: ["rounds="]) == "no error")
        #expect(complaint("", set: ["rounds=[1"]).hasPrefix("Unable to read '--set rounds=[1': "))
    }

    @Test func hostileFilesAreRefused() {
        let bomb =
            "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            + "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]"
        #expect(complaint(bomb).contains("nested too deeply or has too many values"))
        let deep = "a: " + String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        #expect(complaint(deep).contains("nested too deeply"))
        #expect(complaint(String(repeating: "#", count: 1 << 21)).contains("it is longer than"))
    }
}
