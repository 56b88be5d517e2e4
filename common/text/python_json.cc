#include "common/text/python_json.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "common/base/status.h"
#include "common/text/byte_scan.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

// sys.get_int_max_str_digits()
constexpr std::size_t kMaxIntDigits = 4300;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Mirrors CPython's Modules/_json.c (strict mode) in what is accepted, not in its messages.
// The first byte from `at` on that is a quote, a backslash or a control character; the size when
// there is none. Eight bytes at once, as long as none of them is.
std::size_t EndOfPlain(std::string_view text, std::size_t at) {
  at = SkipEights(text, at, [](std::uint64_t bytes) {
    return AnyBelow(bytes, 0x20) | AnyIs(bytes, '"') | AnyIs(bytes, '\\');
  });
  while (at < text.size() && text[at] != '"' && text[at] != '\\' &&
         static_cast<unsigned char>(text[at]) >= 0x20) {
    ++at;
  }
  return at;
}

using OnPair = absl::FunctionRef<void(std::string_view key, const PythonValue& value)>;

class Parser {
 public:
  Parser(std::string_view text, bool pairs) : text_(text), pairs_(pairs) {}

  absl::StatusOr<PythonValue> Run() {
    PythonValue value;
    SkipSpace();
    if (!ParseValue(value, 1)) return Error();
    SkipSpace();
    if (at_ != text_.size()) {
      Fail("extra data");
      return Error();
    }
    return value;
  }

  absl::Status RunPairs(OnPair on_pair) {
    SkipSpace();
    if (Peek() != '{') {
      Fail("expected an object");
      return Error();
    }
    PythonValue value;
    const bool parsed = ParsePairs(on_pair, value, 1);
    SkipSpace();
    if (parsed && at_ == text_.size()) return absl::OkStatus();
    Fail("extra data");
    return Error();
  }

 private:
  bool Fail(const char* problem) {
    if (problem_ == nullptr) {
      problem_ = problem;
      problem_at_ = at_;
    }
    return false;
  }

  absl::Status Error() const {
    return InvalidArgument("byte " + std::to_string(problem_at_) + ": " + problem_);
  }

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }

  bool Take(char expected) {
    if (AtEnd() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void SkipSpace() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }

  bool ParseValue(PythonValue& out, int depth) {
    if (AtEnd()) return Fail("expected a value");
    switch (Peek()) {
      case '"':
        out.kind = PythonValue::Kind::kString;
        return ParseString(out.text);
      case '{':
        return ParseDict(out, depth);
      case '[':
        return ParseList(out, depth);
      default:
        return IsDigit(Peek()) || (Peek() == '-' && !StartsWord("-Infinity")) ? ParseNumber(out)
                                                                              : ParseConstant(out);
    }
  }

  bool StartsWord(std::string_view word) const { return text_.substr(at_, word.size()) == word; }

  bool ParseConstant(PythonValue& out) {
    const auto number = [&out](double value) {
      out.kind = PythonValue::Kind::kFloat;
      out.number = value;
      return true;
    };
    if (TakeWord("null")) return true;
    if (TakeWord("true") || TakeWord("false")) {
      out.kind = PythonValue::Kind::kBool;
      out.boolean = text_[at_ - 2] == 'u';
      return true;
    }
    if (TakeWord("NaN")) return number(std::nan(""));
    if (TakeWord("Infinity")) return number(HUGE_VAL);
    if (TakeWord("-Infinity")) return number(-HUGE_VAL);
    return Fail("expected a value");
  }

  bool ParseDict(PythonValue& out, int depth) {
    out.kind = pairs_ ? PythonValue::Kind::kList : PythonValue::Kind::kDict;
    PythonValue room;
    return ParsePairs(
        [&](std::string_view key, const PythonValue&) {
          if (pairs_) {
            AddPair(std::string(key), std::move(room), out.list);
          } else {
            const auto [entry, added] =
                out.dict.insert_or_assign(std::string(key), std::move(room));
            if (added) out.keys.push_back(entry->first);
          }
        },
        room, depth);
  }

  // `value` is room for the value of each pair.
  bool ParsePairs(OnPair on_pair, PythonValue& value, int depth) {
    if (depth > kMaxPythonJsonDepth) return Fail("nested too deeply");
    ++at_;
    SkipSpace();
    if (Take('}')) return true;
    std::string key;
    while (true) {
      key.clear();
      if (Peek() != '"') return Fail("expected a property name in double quotes");
      if (!ParseString(key)) return false;
      SkipSpace();
      if (!Take(':')) return Fail("expected ':'");
      SkipSpace();
      Clear(value);
      if (!ParseValue(value, depth + 1)) return false;
      on_pair(key, value);
      SkipSpace();
      if (Take('}')) return true;
      if (!Take(',')) return Fail("expected ',' or '}'");
      SkipSpace();
    }
  }

  // As new, but a string keeps its room.
  static void Clear(PythonValue& value) {
    if (value.kind == PythonValue::Kind::kString) {
      value.text.clear();
      value.kind = PythonValue::Kind::kNone;
    } else {
      value = PythonValue();
    }
  }

  static void AddPair(std::string key, PythonValue value, std::vector<PythonValue>& pairs) {
    PythonValue& pair = pairs.emplace_back();
    pair.kind = PythonValue::Kind::kList;
    pair.tuple = true;
    PythonValue& first = pair.list.emplace_back();
    first.kind = PythonValue::Kind::kString;
    first.text = std::move(key);
    pair.list.push_back(std::move(value));
  }

  bool ParseList(PythonValue& out, int depth) {
    if (depth > kMaxPythonJsonDepth) return Fail("nested too deeply");
    out.kind = PythonValue::Kind::kList;
    ++at_;
    SkipSpace();
    if (Take(']')) return true;
    while (true) {
      if (!ParseValue(out.list.emplace_back(), depth + 1)) return false;
      SkipSpace();
      if (Take(']')) return true;
      if (!Take(',')) return Fail("expected ',' or ']'");
      SkipSpace();
    }
  }

  void TakeDigits() {
    while (IsDigit(Peek())) ++at_;
  }

  // A fraction or an exponent without digits is left for the caller to stumble over.
  bool ParseNumber(PythonValue& out) {
    const std::size_t begin = at_;
    const bool negative = Take('-');
    const std::size_t digits = at_;
    if (!Take('0')) {
      if (!IsDigit(Peek())) return Fail("expected a value");
      TakeDigits();
    }
    const std::size_t int_end = at_;
    if (at_ + 1 < text_.size() && Peek() == '.' && IsDigit(text_[at_ + 1])) {
      ++at_;
      TakeDigits();
    }
    if (Peek() == 'e' || Peek() == 'E') TakeExponent();
    if (at_ != int_end) {
      out.kind = PythonValue::Kind::kFloat;
    } else {
      if (int_end - digits > kMaxIntDigits) return Fail("integer of more than 4300 digits");
      out.kind = PythonValue::Kind::kInt;
      const bool minus = negative && text_[digits] != '0';
      out.text = (minus ? "-" : "") + std::string(text_.substr(digits, int_end - digits));
    }
    out.number = ToDouble(text_.substr(begin, at_ - begin));
    if (out.kind == PythonValue::Kind::kInt && out.number == 0) out.number = 0;  // no -0
    return true;
  }

  void TakeExponent() {
    const std::size_t before = at_++;
    if (Peek() == '+' || Peek() == '-') ++at_;
    const std::size_t digits = at_;
    TakeDigits();
    if (at_ == digits) at_ = before;
  }

  static double ToDouble(std::string_view literal) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(literal.data(), literal.data() + literal.size(), value);
    if (error == std::errc::result_out_of_range) {
      return std::strtod(std::string(literal).c_str(), nullptr);
    }
    return value;
  }

  bool ParseString(std::string& out) {
    ++at_;
    while (true) {
      const std::size_t begin = at_;
      at_ = EndOfPlain(text_, begin);
      out.append(text_.substr(begin, at_ - begin));
      if (AtEnd()) return Fail("unterminated string");
      if (Take('"')) return true;
      if (Peek() != '\\') return Fail("control character in a string");
      if (!ParseEscape(out)) return false;
    }
  }

  bool ParseEscape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    ++at_;
    if (AtEnd()) return Fail("unterminated string");
    const std::size_t known = kNames.find(Peek());
    if (known != std::string_view::npos) {
      out.push_back(kValues[known]);
      ++at_;
      return true;
    }
    if (Peek() != 'u') return Fail("unknown escape");
    ++at_;
    const std::optional<char32_t> first = TakeHex4();
    if (!first) return Fail("expected four hex digits");
    AppendUtf8(JoinSurrogates(*first), out);
    return true;
  }

  // A high surrogate takes a low one that follows as an escape with it.
  char32_t JoinSurrogates(char32_t first) {
    if (first < 0xD800 || first > 0xDBFF || !StartsWord("\\u")) return first;
    const std::size_t before = at_;
    at_ += 2;
    const std::optional<char32_t> second = TakeHex4();
    if (!second || *second < 0xDC00 || *second > 0xDFFF) {
      at_ = before;
      return first;
    }
    return 0x10000 + ((first - 0xD800) << 10) + (*second - 0xDC00);
  }

  std::optional<char32_t> TakeHex4() {
    if (text_.size() - at_ < 4) return std::nullopt;
    unsigned value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
    if (error != std::errc() || end != begin + 4) return std::nullopt;
    at_ += 4;
    return static_cast<char32_t>(value);
  }

  std::string_view text_;
  const bool pairs_;
  std::size_t at_ = 0;
  const char* problem_ = nullptr;
  std::size_t problem_at_ = 0;
};

}  // namespace

absl::StatusOr<PythonValue> PythonJsonLoads(std::string_view text) {
  return Parser(text, /*pairs=*/false).Run();
}

absl::StatusOr<PythonValue> PythonJsonPairs(std::string_view text) {
  return Parser(text, /*pairs=*/true).Run();
}

absl::Status ForEachPythonJsonPair(std::string_view text, OnPair pair) {
  return Parser(text, /*pairs=*/true).RunPairs(pair);
}

std::optional<double> PythonFloat(const PythonValue& value) {
  switch (value.kind) {
    case PythonValue::Kind::kBool:
      return value.boolean ? 1.0 : 0.0;
    case PythonValue::Kind::kInt:
      if (std::isinf(value.number)) return std::nullopt;
      return value.number;
    case PythonValue::Kind::kFloat:
      return value.number;
    case PythonValue::Kind::kString:
      return PythonFloat(value.text);
    default:
      return std::nullopt;
  }
}

std::optional<bool> PythonContains(const PythonValue& value, std::string_view key) {
  switch (value.kind) {
    case PythonValue::Kind::kDict:
      return value.dict.count(std::string(key)) != 0;
    case PythonValue::Kind::kString:
      return value.text.find(key) != std::string::npos;
    case PythonValue::Kind::kList:
      for (const PythonValue& element : value.list) {
        if (element.kind == PythonValue::Kind::kString && element.text == key) return true;
      }
      return false;
    default:
      return std::nullopt;
  }
}

}  // namespace assay
