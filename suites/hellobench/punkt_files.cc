#include "suites/hellobench/punkt_files.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/text/nltk_tokenize.h"
#include "suites/source_files.h"

namespace assay {
namespace {

constexpr char kAdvice[] =
    "put NLTK's English Punkt tables beside the benchmark: nltk.download('punkt_tab'), then the "
    "folder punkt_tab/english";
constexpr std::size_t kMaxText = std::size_t{8} << 20;

struct Table {
  const char* name;
  std::vector<const char*> fields;  // of a line, between tabs
  std::size_t lines = 0;            // of the model that NLTK has for English
};

// Of the table's flags: bits 1 to 6.
bool IsFlags(std::string_view text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value < 128;
}

absl::Status CheckLine(const Table& table, std::string_view line, const std::string& where) {
  std::vector<std::string_view> found;
  for (std::string_view rest = line;;) {
    const std::size_t tab = rest.find('\t');
    found.push_back(rest.substr(0, tab));
    if (tab == std::string_view::npos) break;
    rest.remove_prefix(tab + 1);
  }
  std::string expected;
  for (const char* field : table.fields)
    expected += (expected.empty() ? "" : ", tab, ") + std::string(field);
  if (found.size() != table.fields.size()) {
    return InvalidArgument(where + ": expected " + expected + ", found " + QuoteForError(line) +
                           "; " + kAdvice);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool flags = std::string_view(table.fields[i]) == "flags";
    if (flags ? IsFlags(found[i]) : !found[i].empty()) continue;
    return InvalidArgument(where + ": " + table.fields[i] + ": expected " +
                           (flags ? "a whole number below 128" : "a text") + ", found " +
                           QuoteForError(found[i]) + "; " + kAdvice);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadTable(const SourceFolder& source, const Table& table) {
  std::string name = table.name;
  if (name.ends_with(".tab") && !source.Has(name)) name.replace(name.size() - 3, 3, "tsv");
  ASSAY_ASSIGN_OR_RETURN(std::string text, source.ReadText(name, kMaxText));
  const std::string path = source.PathOf(name);
  std::size_t line = 0;
  std::size_t entries = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ++line;
    if (end > 0) {
      ASSAY_RETURN_IF_ERROR(
          CheckLine(table, rest.substr(0, end), path + ":" + std::to_string(line)));
      ++entries;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (entries != table.lines) {
    return InvalidArgument(path + ": expected " + std::to_string(table.lines) + " lines, found " +
                           std::to_string(entries) + " (cut off, or another language?); " +
                           kAdvice);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadPunktFiles(const std::string& from) {
  ASSAY_ASSIGN_OR_RETURN(
      const SourceFolder source,
      SourceFolder::Find(from, {"punkt_english", "punkt_tab/english", "english", ""},
                         "abbrev_types.txt", kAdvice));
  ASSAY_ASSIGN_OR_RETURN(const std::string abbreviations,
                         ReadTable(source, {"abbrev_types.txt", {"abbreviation"}, 156}));
  ASSAY_ASSIGN_OR_RETURN(const std::string starters,
                         ReadTable(source, {"sent_starters.txt", {"starter"}, 39}));
  ASSAY_ASSIGN_OR_RETURN(
      const std::string collocations,
      ReadTable(source, {"collocations.tab", {"first type", "second type"}, 37}));
  ASSAY_ASSIGN_OR_RETURN(const std::string ortho,
                         ReadTable(source, {"ortho_context.tab", {"type", "flags"}, 20366}));
  std::string packed = PackPunktTables(abbreviations, collocations, starters, ortho);
  const auto parsed = PunktModel::Parse(packed);
  if (!parsed.ok()) {
    return InvalidArgument(source.PathOf("abbrev_types.txt") + " and the tables beside it: " +
                           std::string(MessageOf(parsed.status())) + "; " + kAdvice);
  }
  return packed;
}

}  // namespace assay
