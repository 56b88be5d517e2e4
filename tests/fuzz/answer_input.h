// What must hold for any bytes that a judge replies: the body of the answer fuzz target and of the
// test that replays its corpus. Aborts when something does not hold.
#pragma once

#include <string_view>

namespace assay {

// Reads `bytes` as the reply to several demands, bare and wrapped.
void CheckAnswerInput(std::string_view bytes);

}  // namespace assay
