// libFuzzer entry; `./dev fuzz` builds and runs it.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/answer_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::CheckAnswerInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
