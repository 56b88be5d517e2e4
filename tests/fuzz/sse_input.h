// What must hold for any bytes that a server sends: the body of the SSE fuzz target and of the test
// that replays its corpus. Aborts when something does not hold.
#pragma once

#include <string_view>

namespace assay {

// Reads `bytes` as a stream, whole and in pieces, as a plain reply and as an error body.
void CheckSseInput(std::string_view bytes);

}  // namespace assay
