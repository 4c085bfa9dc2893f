// Nothing: it is named, and never built.
