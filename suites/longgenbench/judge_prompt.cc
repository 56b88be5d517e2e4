#include "suites/longgenbench/judge_prompt.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/text/python_literal.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr std::string_view kBlock = "{block}";
constexpr std::string_view kEvent = "{event}";

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Terms of one expression, from left to right.
class TermReader {
 public:
  TermReader(std::string_view source, std::string_view rest) : source_(source), rest_(rest) {}

  absl::StatusOr<std::string> Read() {
    std::string text;
    for (Skip(" +"); !rest_.empty() && rest_.front() != '\n' && rest_.front() != '#'; Skip(" +")) {
      ASSAY_ASSIGN_OR_RETURN(const std::string term, Term());
      text += term;
    }
    return text;
  }

  // Strings between commas, up to "]".
  absl::StatusOr<std::vector<std::string>> List() {
    std::vector<std::string> items;
    for (Skip(" \n\r\t,"); !rest_.empty() && rest_.front() != ']'; Skip(" \n\r\t,")) {
      ASSAY_ASSIGN_OR_RETURN(std::string item, Literal());
      items.push_back(std::move(item));
    }
    return items;
  }

 private:
  void Skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }

  bool Take(std::string_view piece) {
    if (rest_.substr(0, piece.size()) != piece) return false;
    rest_.remove_prefix(piece.size());
    return true;
  }

  std::string TakeName() {
    std::size_t size = 0;
    while (size < rest_.size() && IsNameCharacter(rest_[size])) ++size;
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  absl::Status Unexpected() const {
    const auto at = static_cast<std::ptrdiff_t>(source_.size() - rest_.size());
    const auto line = 1 + std::count(source_.begin(), source_.begin() + at, '\n');
    return InvalidArgument("line " + std::to_string(line) + ": did not expect " +
                           QuoteForError(rest_.substr(0, 40)) + " in the judge's prompt");
  }

  // A string between single quotes or double ones, as Python reads it.
  absl::StatusOr<std::string> Literal() {
    if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return Unexpected();
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != rest_.front() && rest_[end] != '\n') {
      end += rest_[end] == '\\' ? 2 : 1;
    }
    if (end >= rest_.size() || rest_[end] != rest_.front()) return Unexpected();
    auto text = PythonStringConstant("x = " + std::string(rest_.substr(0, end + 1)), "x");
    if (!text.ok()) return Unexpected();
    rest_.remove_prefix(end + 1);
    return text;
  }

  absl::StatusOr<std::string> Term() {
    if (rest_.front() == '"' || rest_.front() == '\'') {
      ASSAY_ASSIGN_OR_RETURN(std::string text, Literal());
      return Take(".join(") ? Joined(text) : absl::StatusOr<std::string>(std::move(text));
    }
    if (rest_.substr(0, 2) == "f\"" || rest_.substr(0, 2) == "f'") {
      rest_.remove_prefix(1);
      return Formatted();
    }
    const std::string_view before = rest_;
    const bool block = !TakeName().empty() && Take("[") && !TakeName().empty() && Take("]");
    if (block) return std::string(kBlock);
    rest_ = before;
    return Unexpected();
  }

  // An f-string: a field with an index is the block, any other one the event.
  absl::StatusOr<std::string> Formatted() {
    const std::string_view before = rest_;
    ASSAY_ASSIGN_OR_RETURN(const std::string text, Literal());
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t open = std::min(text.find('{', at), text.size());
      out += text.substr(at, open - at);
      if (open == text.size()) break;
      const std::size_t close = text.find('}', open);
      const std::string field = text.substr(open + 1, close - open - 1);
      const bool name = !field.empty() && std::all_of(field.begin(), field.end(), IsNameCharacter);
      const bool indexed = field.find('[') != std::string::npos && field.back() == ']';
      if (close == std::string::npos || !(name || indexed)) {
        rest_ = before;
        return Unexpected();
      }
      out += name ? kEvent : kBlock;
      at = close + 1;
    }
    return out;
  }

  // Behind "...".join( : the list of this name, which stands anywhere in the source.
  absl::StatusOr<std::string> Joined(const std::string& separator) {
    const std::string_view before = rest_;
    const std::string head = TakeName() + " = [";
    const std::size_t at = source_.find(head);
    if (at == std::string_view::npos || !Take(")")) {
      rest_ = before;
      return Unexpected();
    }
    ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> items,
                           TermReader(source_, source_.substr(at + head.size())).List());
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : separator) + items[i];
    return text;
  }

  const std::string_view source_;
  std::string_view rest_;
};

}  // namespace

absl::StatusOr<std::string> LongGenBenchJudgePrompt(std::string_view source) {
  constexpr std::string_view kHead = "prompt = ";
  for (const std::string_view line : PythonSplit(source, "\n")) {
    const std::string_view code = PythonStrip(line);
    if (code.substr(0, kHead.size()) != kHead) continue;
    const auto at = static_cast<std::size_t>(code.data() - source.data()) + kHead.size();
    ASSAY_ASSIGN_OR_RETURN(std::string prompt, TermReader(source, source.substr(at)).Read());
    if (prompt.find(kBlock) != std::string::npos && prompt.find(kEvent) != std::string::npos) {
      return prompt;
    }
    return InvalidArgument("the judge's prompt has no block or no event in it");
  }
  return InvalidArgument("there is no line \"prompt = ...\", the judge's prompt");
}

}  // namespace assay
