// The lines around evaluated text, and what in a text could pass for them. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// The word in the lines around a text; templates may not contain it.
inline constexpr std::string_view kFenceWord = "ASSAY-TEXT";

// `text` with everything that looks like a line around a text made harmless; the same text when
// nothing does.
std::string NeutralizeFences(std::string_view text);

// True when the text has the form of a chat template's control tokens (<|name|>, </s>, [INST]).
bool HasControlTokens(std::string_view text);

}  // namespace assay
