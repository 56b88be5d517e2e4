#include "common/text/python_literal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/text/python_text.h"
#include "common/text/utf8.h"

namespace assay {
namespace {

constexpr int kMaxParentheses = 100;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// One line end: "\n".
std::string UniversalNewlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out.push_back(source[i]);
      continue;
    }
    out.push_back('\n');
    if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  return out;
}

// Statements that may have others behind a colon on their line.
bool IsCompound(std::string_view keyword) {
  static constexpr std::array<std::string_view, 12> kKeywords = {
      "async",   "class", "def", "elif", "else",  "except",
      "finally", "for",   "if",  "try",  "while", "with"};
  return std::find(kKeywords.begin(), kKeywords.end(), keyword) != kKeywords.end();
}

// The prefix in lower case and the bytes between the quotes.
struct StringToken {
  std::string prefix;
  std::string_view body;
};

// Appends the value of an escape of which `at` is behind the backslash; false: not known here.
bool AppendEscape(std::string_view body, std::size_t& at, std::string& out) {
  constexpr std::string_view kNames = "\\'\"abfnrtv";
  constexpr std::string_view kValues = "\\'\"\a\b\f\n\r\t\v";
  const char c = body[at++];
  if (c == '\n') return true;
  if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
    out.push_back(kValues[known]);
    return true;
  }
  if (IsOctal(c)) {
    auto value = static_cast<char32_t>(c - '0');
    for (int i = 0; i < 2 && at < body.size() && IsOctal(body[at]); ++i) {
      value = value * 8 + static_cast<char32_t>(body[at++] - '0');
    }
    AppendUtf8(value, out);
    return true;
  }
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0) {
    if (c == 'N') return false;
    out.push_back('\\');
    out.push_back(c);
    return true;
  }
  if (body.size() - at < digits) return false;
  unsigned value = 0;
  const char* begin = body.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, value, 16);
  if (error != std::errc() || end != begin + digits || value > 0x10FFFF) return false;
  at += digits;
  AppendUtf8(static_cast<char32_t>(value), out);
  return true;
}

// False: not a plain text.
bool AppendValue(const StringToken& token, std::string& out) {
  if (token.prefix == "r") {
    out.append(token.body);
    return true;
  }
  if (!token.prefix.empty() && token.prefix != "u") return false;
  for (std::size_t at = 0; at < token.body.size();) {
    const std::size_t backslash = token.body.find('\\', at);
    out.append(token.body.substr(at, backslash - at));
    if (backslash == std::string_view::npos) break;
    at = backslash + 1;
    if (!AppendEscape(token.body, at, out)) return false;
  }
  return true;
}

// Walks from statement to statement; what stands in strings, comments and brackets begins none.
class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {
    if (source_.substr(0, 3) == "\xEF\xBB\xBF") at_ = counted_ = 3;
  }

  absl::StatusOr<std::vector<PythonAssignment>> Run() {
    while (at_ < source_.size()) {
      const std::size_t line_begin = at_;
      SkipBlanks(false);
      const bool indented = at_ != line_begin;
      bool compound = false;
      for (bool more_on_line = true; more_on_line;) {
        SkipBlanks(false);
        compound = ReadStatement(!indented && !compound) || compound;
        if (!SkipStatement(more_on_line)) return InvalidArgument(problem_);
      }
    }
    return std::move(found_);
  }

 private:
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  // REQUIRES: `at` does not go back from call to call.
  int LineOf(std::size_t at) {
    for (; counted_ < at; ++counted_) line_ += source_[counted_] == '\n' ? 1 : 0;
    return line_;
  }

  bool Fail(std::size_t at, const char* what) {
    problem_ = "line " + std::to_string(LineOf(at)) + ": " + what;
    return false;
  }

  // Blanks and joined lines; inside parentheses line ends and comments too.
  void SkipBlanks(bool inside) {
    while (at_ < source_.size()) {
      const char c = Peek();
      if (c == ' ' || c == '\t' || c == '\f' || (inside && c == '\n')) {
        ++at_;
      } else if (c == '\\' && Peek(1) == '\n') {
        at_ += 2;
      } else if (inside && c == '#') {
        SkipComment();
      } else {
        return;
      }
    }
  }

  void SkipComment() { at_ = std::min(source_.find('\n', at_), source_.size()); }

  // The string whose first quote is here; false: it is not closed, and nothing is read.
  bool SkipString(std::string_view& body) {
    const char quote = Peek();
    const bool triple = Peek(1) == quote && Peek(2) == quote;
    const std::size_t begin = at_ + (triple ? 3 : 1);
    for (std::size_t end = begin; end < source_.size(); ++end) {
      if (source_[end] == '\\') {
        ++end;
      } else if (source_[end] == '\n' && !triple) {
        return false;
      } else if (source_.substr(end, triple ? 3 : 1) == source_.substr(at_, triple ? 3 : 1)) {
        body = source_.substr(begin, end - begin);
        at_ = end + (triple ? 3 : 1);
        return true;
      }
    }
    return false;
  }

  // To behind the end of the statement, or to behind a "=" by itself at its own level when
  // `annotation`. False: something is never closed.
  bool SkipStatement(bool& more_on_line, bool annotation = false) {
    int depth = 0;
    std::size_t opened = 0;
    more_on_line = false;
    while (at_ < source_.size()) {
      const char c = Peek();
      if (c == '"' || c == '\'') {
        std::string_view body;
        if (!SkipString(body)) return Fail(at_, "a string that is never closed");
        continue;
      }
      if (c == '#') {
        SkipComment();
        continue;
      }
      if (annotation && depth == 0 && (c == '=' || c == '\n' || c == ';')) return c == '=';
      ++at_;
      if (c == '\\' && at_ < source_.size()) {
        ++at_;
      } else if (c == '(' || c == '[' || c == '{') {
        if (depth++ == 0) opened = at_;
      } else if (c == ')' || c == ']' || c == '}') {
        depth = std::max(0, depth - 1);
      } else if (depth == 0 && (c == '\n' || c == ';')) {
        more_on_line = c == ';';
        return true;
      }
    }
    return depth == 0 || Fail(opened, "a bracket that is never closed");
  }

  std::string_view TakeName() {
    const std::size_t begin = at_;
    while (IsNameByte(Peek())) ++at_;
    return source_.substr(begin, at_ - begin);
  }

  // Notes the assignment that begins here, if one does, and stops within the statement. True: it
  // may have others behind a colon.
  bool ReadStatement(bool top_level) {
    const std::size_t begin = at_;
    const std::string_view name = TakeName();
    if (IsCompound(name)) return true;
    const bool is_name = !name.empty() && (name[0] < '0' || name[0] > '9');
    if (!is_name || Peek() == '"' || Peek() == '\'') {
      at_ = begin;
      return false;
    }
    SkipBlanks(false);
    const bool in_place = (Peek() == '+' || Peek() == '*' || Peek() == '%') && Peek(1) == '=';
    if (!in_place && !TakeEquals()) {
      at_ = begin;
      return false;
    }
    PythonAssignment found{std::string(name), LineOf(begin), top_level, std::nullopt};
    const std::size_t right = at_;
    std::string text;
    if (!in_place && ReadSum(text, 0) && AtEndOfStatement()) {
      found.text = std::move(text);
    } else {
      at_ = right;
    }
    found_.push_back(std::move(found));
    return false;
  }

  // Behind the name: "=", or ": type =".
  bool TakeEquals() {
    if (Peek() == ':' && Peek(1) != '=') {
      bool more_on_line = false;
      const std::size_t before = at_++;
      if (!SkipStatement(more_on_line, /*annotation=*/true) || Peek() != '=') {
        at_ = before;
        return false;
      }
    }
    if (Peek() != '=' || Peek(1) == '=') return false;
    ++at_;
    return true;
  }

  bool AtEndOfStatement() {
    SkipBlanks(false);
    return at_ >= source_.size() || Peek() == '\n' || Peek() == ';' || Peek() == '#';
  }

  bool ReadSum(std::string& text, int depth) {
    while (ReadOperand(text, depth)) {
      SkipBlanks(depth > 0);
      if (Peek() != '+') return true;
      ++at_;
    }
    return false;
  }

  bool ReadOperand(std::string& text, int depth) {
    std::string operand;
    if (!ReadAtom(operand, depth)) return false;
    constexpr std::string_view kStrip = ".strip()";
    for (SkipBlanks(depth > 0); source_.substr(at_, kStrip.size()) == kStrip;
         SkipBlanks(depth > 0)) {
      at_ += kStrip.size();
      operand = std::string(PythonStrip(operand));
    }
    text += operand;
    return true;
  }

  bool ReadAtom(std::string& text, int depth) {
    SkipBlanks(depth > 0);
    if (Peek() == '(') {
      ++at_;
      if (depth >= kMaxParentheses || !ReadSum(text, depth + 1)) return false;
      SkipBlanks(true);
      if (Peek() != ')') return false;
      ++at_;
      return true;
    }
    bool any = false;
    StringToken token;
    while (TakeString(token)) {
      if (!AppendValue(token, text)) return false;
      any = true;
      SkipBlanks(depth > 0);
    }
    return any;
  }

  bool TakeString(StringToken& token) {
    const std::size_t before = at_;
    token.prefix = TakeName();
    for (char& c : token.prefix) c = Lower(c);
    if ((Peek() == '"' || Peek() == '\'') && SkipString(token.body)) return true;
    at_ = before;
    return false;
  }

  const std::string_view source_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;  // lines before this offset are counted
  int line_ = 1;
  std::string problem_;
  std::vector<PythonAssignment> found_;
};

}  // namespace

absl::StatusOr<std::vector<PythonAssignment>> PythonAssignments(std::string_view source) {
  const std::string text = UniversalNewlines(source);
  return Scanner(text).Run();
}

absl::StatusOr<std::string> PythonStringConstant(std::string_view source, std::string_view name) {
  ASSAY_ASSIGN_OR_RETURN(std::vector<PythonAssignment> assignments, PythonAssignments(source));
  const auto last = std::find_if(assignments.rbegin(), assignments.rend(), [&](const auto& found) {
    return found.top_level && found.name == name;
  });
  const std::string shown = EscapeForTerminal(name, 80);
  if (last == assignments.rend()) return NotFound("no assignment to " + shown);
  if (!last->text) {
    return InvalidArgument("line " + std::to_string(last->line) + ": " + shown +
                           " is more than a plain text in quotes");
  }
  return *std::move(last->text);
}

}  // namespace assay
