#include "judge/engine/marks.h"

#include <algorithm>

namespace assay {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

// True when what ends at `at` opens a line like ours: "<", then blanks, perhaps "end-".
bool OpensFence(std::string_view lower, std::size_t at) {
  constexpr std::string_view kEnd = "end-";
  if (at >= kEnd.size() && lower.substr(at - kEnd.size(), kEnd.size()) == kEnd) at -= kEnd.size();
  while (at > 0 && (lower[at - 1] == ' ' || lower[at - 1] == '\t' || lower[at - 1] == '/')) --at;
  return at > 0 && lower[at - 1] == '<';
}

bool HasPipeToken(std::string_view text) {
  for (std::size_t at = text.find("<|"); at != std::string_view::npos;
       at = text.find("<|", at + 1)) {
    const std::size_t end = text.find("|>", at + 2);
    if (end == std::string_view::npos) return false;
    const std::string_view name = text.substr(at + 2, end - at - 2);
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    });
    if (plain && !name.empty() && name.size() <= 64) return true;
  }
  return false;
}

}  // namespace

std::string NeutralizeFences(std::string_view response) {
  const std::string lower = LowerAscii(response);
  const std::string word = LowerAscii(kFenceWord);
  std::string out(response);
  for (std::size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
    if (OpensFence(lower, at)) out[at + word.find('-')] = ' ';
  }
  return out;
}

bool HasControlTokens(std::string_view text) {
  return HasPipeToken(text) || text.find("</s>") != std::string_view::npos ||
         text.find("[INST]") != std::string_view::npos;
}

}  // namespace assay
