#include "common/llm/json_reader.h"

#include "common/text/utf8.h"

namespace assay {
namespace {

bool IsPlain(char c) { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool JsonReader::Fail() {
  if (!failed_) ended_early_ = at_ >= text_.size();
  failed_ = true;
  return false;
}

void JsonReader::SkipSpace() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
    ++at_;
  }
}

bool JsonReader::Take(char wanted) {
  SkipSpace();
  if (failed_ || at_ >= text_.size() || text_[at_] != wanted) return Fail();
  ++at_;
  return true;
}

bool JsonReader::TakeWord(std::string_view word) {
  for (char c : word) {
    if (at_ >= text_.size() || text_[at_] != c) return Fail();
    ++at_;
  }
  return true;
}

JsonKind JsonReader::Peek() {
  if (failed_) return JsonKind::kNothing;
  SkipSpace();
  if (at_ >= text_.size()) return JsonKind::kNothing;
  switch (text_[at_]) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
      return JsonKind::kTrue;
    case 'f':
      return JsonKind::kFalse;
    case 'n':
      return JsonKind::kNull;
    default:
      return text_[at_] == '-' || IsDigit(text_[at_]) ? JsonKind::kNumber : JsonKind::kNothing;
  }
}

bool JsonReader::Open(char bracket) {
  if (!Take(bracket)) return false;
  if (depth_ == kDepthMax) return Fail();
  has_items_[static_cast<std::size_t>(depth_++)] = false;
  return true;
}

bool JsonReader::EnterObject() { return Open('{'); }
bool JsonReader::EnterArray() { return Open('['); }

bool JsonReader::NextItem(char close) {
  SkipSpace();
  if (failed_ || at_ >= text_.size()) return Fail();
  if (text_[at_] == close) {
    ++at_;
    --depth_;
    return false;
  }
  bool& has_items = has_items_[static_cast<std::size_t>(depth_ - 1)];
  if (has_items && !Take(',')) return false;
  has_items = true;
  return true;
}

bool JsonReader::NextMember(std::string_view& key) {
  if (!NextItem('}')) return false;
  SkipSpace();
  const std::size_t begin = at_ + 1;
  std::size_t end = begin;
  while (end < text_.size() && IsPlain(text_[end])) ++end;
  if (at_ < text_.size() && text_[at_] == '"' && end < text_.size() && text_[end] == '"') {
    key = text_.substr(begin, end - begin);
    at_ = end + 1;
  } else {
    key_.clear();
    if (!TakeString(&key_)) return false;
    key = key_;
  }
  return Take(':');
}

bool JsonReader::NextElement() { return NextItem(']'); }

bool JsonReader::ReadString(std::string& out) { return TakeString(&out); }

bool JsonReader::TakeString(std::string* out) {
  if (!Take('"')) return false;
  while (true) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsPlain(text_[at_])) ++at_;
    if (out != nullptr) out->append(text_, begin, at_ - begin);
    if (at_ >= text_.size()) return Fail();
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c != '\\') return Fail();
    ++at_;
    if (!TakeEscape(out)) return false;
  }
}

bool JsonReader::TakeHex4(std::uint32_t& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    if (at_ >= text_.size()) return Fail();
    const char c = text_[at_];
    std::uint32_t digit = 0;
    if (IsDigit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return Fail();
    }
    unit = unit * 16 + digit;
  }
  return true;
}

bool JsonReader::TakeEscape(std::string* out) {
  if (at_ >= text_.size()) return Fail();
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
  const char name = text_[at_];
  if (const std::size_t known = kNames.find(name); known != std::string_view::npos) {
    ++at_;
    if (out != nullptr) *out += kValues[known];
    return true;
  }
  if (name != 'u') return Fail();
  ++at_;
  std::uint32_t unit = 0;
  if (!TakeHex4(unit)) return false;
  // A pair is put together by RepairUtf8, which also sees pairs cut between two chunks.
  if (out != nullptr) AppendUtf8(static_cast<char32_t>(unit), *out);
  return true;
}

bool JsonReader::TakeDigits() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
  return at_ > begin || Fail();
}

bool JsonReader::ReadNumber(std::string_view& written) {
  if (Peek() != JsonKind::kNumber) return Fail();
  const std::size_t begin = at_;
  if (text_[at_] == '-') ++at_;
  if (at_ < text_.size() && text_[at_] == '0') {
    ++at_;
  } else if (!TakeDigits()) {
    return false;
  }
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (!TakeDigits()) return false;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (!TakeDigits()) return false;
  }
  written = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonReader::Skip() {
  std::string_view ignored;
  std::string_view key;
  const int outer = depth_;
  // Brackets are stepped into, so that depth_ is the only stack: bit n of `objects` tells what
  // bracket n is.
  std::uint64_t objects = 0;
  do {
    const JsonKind kind = Peek();
    if (kind == JsonKind::kObject || kind == JsonKind::kArray) {
      const std::uint64_t bit = std::uint64_t{1} << (depth_ % kDepthMax);
      objects = kind == JsonKind::kObject ? objects | bit : objects & ~bit;
      if (!Open(kind == JsonKind::kObject ? '{' : '[')) return false;
    } else if (kind == JsonKind::kString) {
      if (!TakeString(nullptr)) return false;
    } else if (kind == JsonKind::kNumber) {
      if (!ReadNumber(ignored)) return false;
    } else if (kind == JsonKind::kNothing) {
      return Fail();
    } else if (!TakeWord(kind == JsonKind::kTrue    ? "true"
                         : kind == JsonKind::kFalse ? "false"
                                                    : "null")) {
      return false;
    }
    while (depth_ > outer && !failed_) {
      const bool object = ((objects >> (depth_ - 1)) & 1) != 0;
      if (object ? NextMember(key) : NextElement()) break;
    }
  } while (depth_ > outer && !failed_);
  return !failed_;
}

bool JsonReader::Skip(std::string_view& written) {
  SkipSpace();
  const std::size_t begin = at_;
  if (!Skip()) return false;
  written = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonReader::AtEnd() {
  SkipSpace();
  return !failed_ && depth_ == 0 && at_ >= text_.size();
}

}  // namespace assay
