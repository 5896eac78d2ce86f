#pragma once
// What the fuzz targets share. A target is one function over the input:
//
//   FUZZ_TARGET(input) {
//     if (auto value = parse(input)) require(print(*value) == input, "what was parsed is printed the same");
//   }

#include <cstdio>
#include <cstdlib>

#include "base/bytes.hpp"

/// Ends the process, which libFuzzer reports with the input, unless the condition holds.
inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

#define FUZZ_TARGET(input)                                                  \
  static void fuzz_one(nelumbo::BytesView input);                           \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    fuzz_one({data, size});                                                 \
    return 0;                                                               \
  }                                                                         \
  static void fuzz_one(nelumbo::BytesView input)
