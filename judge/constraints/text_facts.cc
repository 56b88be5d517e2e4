#include "judge/constraints/text_facts.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr std::size_t kMaxTitleBytes = 80;

std::string_view Of(std::string_view text, TextRange range) {
  return text.substr(range.begin, range.end - range.begin);
}

// "* * *", "---", "_ _ _": three or more of one, and blanks.
bool IsThematicBreak(std::string_view line) {
  line = PythonStrip(line);
  if (line.empty() || (line[0] != '*' && line[0] != '-' && line[0] != '_')) return false;
  const char blanks_too[] = {line[0], ' ', '\t', '\0'};
  return line.find_first_not_of(blanks_too) == std::string_view::npos &&
         std::count(line.begin(), line.end(), line[0]) >= 3;
}

bool IsListLine(std::string_view line) {
  line = PythonStrip(line);
  if (IsThematicBreak(line)) return false;
  for (const std::string_view bullet : {"- ", "* ", "+ ", "• "}) {
    if (line.starts_with(bullet)) return true;
  }
  const bool wide = line.starts_with("（");
  if (wide) line.remove_prefix(std::string_view("（").size());
  if (!wide && line.starts_with("(")) line.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < line.size() && digits < 4 && line[digits] >= '0' && line[digits] <= '9') ++digits;
  if (digits == 0) return false;
  const std::string_view after = line.substr(digits);
  return after.starts_with(". ") || after.starts_with(") ") || after.starts_with("、") ||
         (wide && after.starts_with("）"));
}

bool IsTableLine(std::string_view line) { return PythonStrip(line).starts_with("|"); }

bool IsRuleLine(std::string_view line) {
  line = PythonStrip(line);
  return line.find('-') != std::string_view::npos && line.starts_with("|") &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

// Records of a text one by one, those of one blank line left out.
class RecordReader {
 public:
  RecordReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  std::optional<std::vector<std::string>> Next() {
    while (at_ < text_.size()) {
      std::vector<std::string> fields = ReadRecord();
      const bool blank = std::all_of(fields.begin(), fields.end(),
                                     [](const std::string& field) { return field.empty(); });
      if (!blank) return fields;
    }
    return std::nullopt;
  }

  bool open_quote() const { return open_quote_; }

 private:
  std::vector<std::string> ReadRecord() {
    std::vector<std::string> fields;
    std::string field;
    const auto end_field = [&] {
      fields.emplace_back(PythonStrip(field));
      field.clear();
    };
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\n') break;
      if (c == separator_) {
        end_field();
      } else if (c == '"' && separator_ == ',' && PythonStrip(field).empty()) {
        ReadQuoted(field);
      } else {
        field += c;
      }
    }
    end_field();
    return fields;
  }

  // Behind its opening quote.
  void ReadQuoted(std::string& field) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != '"') {
        field += c;
      } else if (at_ < text_.size() && text_[at_] == '"') {
        field += text_[at_++];
      } else {
        return;
      }
    }
    open_quote_ = true;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  bool open_quote_ = false;
};

}  // namespace

std::int64_t CountSplitWords(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    const bool blank = IsPythonSpace(c.code_point);
    if (!blank && !inside) ++words;
    inside = !blank;
    at += c.bytes;
  }
  return words;
}

std::int64_t CountVisibleCharacters(std::string_view text) {
  std::int64_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsPythonSpace(c.code_point)) ++characters;
    at += c.bytes;
  }
  return characters;
}

std::int64_t CountListItems(std::string_view text) {
  const std::vector<TextRange> lines = LinesOf(text);
  return std::count_if(lines.begin(), lines.end(),
                       [&](TextRange line) { return IsListLine(Of(text, line)); });
}

std::int64_t CountTables(std::string_view text) {
  const std::vector<TextRange> lines = LinesOf(text);
  std::int64_t tables = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (IsRuleLine(Of(text, lines[i])) && IsTableLine(Of(text, lines[i - 1]))) ++tables;
  }
  return tables;
}

std::int64_t CountProseParagraphs(std::string_view text) {
  const bool blank_lines =
      text.find("\n\n") != std::string_view::npos || text.find("\n\r\n") != std::string_view::npos;
  const std::vector<TextRange> blocks = blank_lines ? ParagraphsOf(text) : LinesOf(text);
  std::int64_t paragraphs = 0;
  for (const TextRange& block : blocks) {
    const std::string_view written = Of(text, block);
    if (PythonStrip(written).empty() || !HeadingsOf(written).empty()) continue;
    const std::vector<TextRange> lines = LinesOf(written);
    const bool prose = std::any_of(lines.begin(), lines.end(), [&](TextRange line) {
      const std::string_view one = Of(written, line);
      return !PythonStrip(one).empty() && !IsListLine(one) && !IsTableLine(one) &&
             !IsThematicBreak(one);
    });
    if (prose) ++paragraphs;
  }
  return paragraphs;
}

std::vector<Heading> TitledLinesOf(std::string_view text) {
  std::vector<Heading> headings = HeadingsOf(text);
  const std::vector<TextRange> lines = LinesOf(text);
  const auto blank = [&](std::size_t i) {
    return i >= lines.size() || PythonStrip(Of(text, lines[i])).empty();
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = PythonStrip(Of(text, lines[i]));
    const bool short_line = !line.empty() && line.size() <= kMaxTitleBytes;
    if (!short_line || !(i == 0 || blank(i - 1)) || IsListLine(line) || IsTableLine(line) ||
        IsThematicBreak(line))
      continue;
    if (line.ends_with(".") || line.ends_with("。") || line.ends_with("!") || line.ends_with("?"))
      continue;
    if (line.starts_with("#") || line.starts_with("**")) continue;
    const auto begin = static_cast<std::size_t>(line.data() - text.data());
    headings.push_back({{begin, begin + line.size()}, {begin, begin + line.size()}, 6});
  }
  std::sort(headings.begin(), headings.end(),
            [](const Heading& a, const Heading& b) { return a.line.begin < b.line.begin; });
  return headings;
}

std::string_view WithoutFence(std::string_view text) {
  constexpr std::string_view kBlank = " \r\n\v\f";
  text = PythonStrip(text, kBlank);
  if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 7) return text;
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos || line + 3 > text.size()) return text;
  return PythonStrip(text.substr(line + 1, text.size() - line - 4), kBlank);
}

std::int64_t CountCharacters(std::string_view text) {
  const auto line_ends =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
  return static_cast<std::int64_t>(CountCodePoints(text)) - line_ends;
}

FieldTable ReadFields(std::string_view text, char separator) {
  FieldTable table;
  RecordReader reader(text, separator);
  while (const std::optional<std::vector<std::string>> record = reader.Next()) {
    ++table.records;
    if (table.records == 1) table.header = *record;
    if (record->size() == table.header.size()) continue;
    table.problem = absl::StrCat("record ", table.records, " has ", record->size(),
                                 " fields, the first has ", table.header.size());
    return table;
  }
  if (reader.open_quote()) {
    table.problem = "a quoted field does not end";
  } else if (table.header.size() < 2) {
    table.problem = "there is no line of two fields";
  } else if (table.records < 2) {
    table.problem = "there is one line only";
  }
  return table;
}

}  // namespace assay
