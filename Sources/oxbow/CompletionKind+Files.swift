import ArgumentParser

/// What shells offer for an option that names a file of a certain kind.
extension CompletionKind {
    static var yaml: CompletionKind { .file(extensions: ["yaml", "yml"]) }
    static var json: CompletionKind { .file(extensions: ["json"]) }
    static var safetensors: CompletionKind { .file(extensions: ["safetensors"]) }
}
