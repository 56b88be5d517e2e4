#include "common/text/nltk_tokenize.h"

#include <charconv>

#include "common/base/status.h"
#include "common/text/nltk_chunks.h"
#include "common/text/punkt_breaks.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

// `text`, or a copy in `room` in which every invalid byte is U+FFFD.
std::string_view ValidText(std::string_view text, std::string& room) {
  if (IsValidUtf8(text)) return text;
  room = ReplaceInvalidUtf8(text);
  return room;
}

}  // namespace

absl::StatusOr<PunktModel> PunktModel::Parse(std::string_view lines) {
  PunktModel model;
  int number = 0;
  while (!lines.empty()) {
    ++number;
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty()) continue;
    std::vector<std::string> fields;
    for (;;) {
      const std::size_t tab = std::min(line.find('\t'), line.size());
      fields.emplace_back(line.substr(0, tab));
      if (tab == line.size()) break;
      line.remove_prefix(tab + 1);
    }
    std::uint32_t flags = 0;
    const std::string& last = fields.back();
    const bool numeric = std::from_chars(last.data(), last.data() + last.size(), flags).ptr ==
                         last.data() + last.size();
    if (fields.size() == 2 && fields[0] == "abbrev") {
      model.abbreviations_.insert(fields[1]);
    } else if (fields.size() == 2 && fields[0] == "starter") {
      model.starters_.insert(fields[1]);
    } else if (fields.size() == 3 && fields[0] == "collocation") {
      model.collocations_.insert(fields[1] + '\t' + fields[2]);
      model.collocation_heads_.insert(fields[1]);
    } else if (fields.size() == 3 && fields[0] == "ortho" && numeric) {
      model.ortho_[fields[1]] = flags;
    } else {
      return InvalidArgument("line " + std::to_string(number) +
                             " of the Punkt tables: expected abbrev, starter, collocation or ortho "
                             "with its fields between tabs");
    }
  }
  if (model.abbreviations_.empty() || model.ortho_.empty()) {
    return InvalidArgument("the Punkt tables have no abbreviations or no ortho contexts");
  }
  return model;
}

std::string PackPunktTables(std::string_view abbreviations, std::string_view collocations,
                            std::string_view starters, std::string_view ortho_contexts) {
  std::string packed;
  const auto add = [&packed](const char* kind, std::string_view table) {
    while (!table.empty()) {
      const std::size_t end = std::min(table.find('\n'), table.size());
      if (end > 0) packed += std::string(kind) + '\t' + std::string(table.substr(0, end)) + '\n';
      table.remove_prefix(std::min(end + 1, table.size()));
    }
  };
  add("abbrev", abbreviations);
  add("collocation", collocations);
  add("starter", starters);
  add("ortho", ortho_contexts);
  return packed;
}

std::vector<std::string> NltkSentences(const PunktModel& model, std::string_view text) {
  std::string room;
  text = ValidText(text, room);
  std::vector<std::string> sentences;
  for (const PunktSlice& slice : PunktSentences(model, text)) {
    sentences.emplace_back(text.substr(slice.begin, slice.end - slice.begin));
  }
  return sentences;
}

void ForEachNltkToken(const PunktModel& model, std::string_view text,
                      absl::FunctionRef<void(std::string_view)> each) {
  std::string room;
  text = ValidText(text, room);
  for (const PunktSlice& slice : PunktSentences(model, text)) {
    ForEachNltkWord(text.substr(slice.begin, slice.end - slice.begin), each);
  }
}

std::vector<std::string> NltkTokens(const PunktModel& model, std::string_view text) {
  constexpr std::size_t kBytesPerToken = 5;  // of English
  std::vector<std::string> tokens;
  tokens.reserve(text.size() / kBytesPerToken);
  ForEachNltkToken(model, text, [&](std::string_view token) { tokens.emplace_back(token); });
  return tokens;
}

std::size_t CountNltkTokens(const PunktModel& model, std::string_view text) {
  std::size_t count = 0;
  ForEachNltkToken(model, text, [&](std::string_view) { ++count; });
  return count;
}

}  // namespace assay
