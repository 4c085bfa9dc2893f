#include <stddef.h>
#include <stdint.h>

// libFuzzer's own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one_input)(const uint8_t *, size_t));
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

// SwiftPM links an executable so that its entry point is MODULE_main, which libFuzzer does not bring.
int oxbow_fuzz_main(int argc, char **argv) { return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput); }
