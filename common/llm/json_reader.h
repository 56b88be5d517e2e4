// Pull parser for replies of servers: no tree, text is appended where it belongs. Strict about the
// grammar of JSON (RFC 8259, at most 64 levels); lenient inside strings, where models' tokens may
// be cut: bytes that are not UTF-8 pass, and half of a surrogate pair becomes its three-byte
// pattern (text_repair.h mends both once the text is whole). Pure; the text must outlive the
// reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

enum class JsonKind { kNothing, kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

// After a failure every method returns false and kNothing, so that callers need not ask in between.
class JsonReader {
 public:
  static constexpr int kDepthMax = 64;

  explicit JsonReader(std::string_view text) : text_(text) {}

  // Kind of the value that comes next; kNothing when none does.
  JsonKind Peek();

  // while (reader.NextMember(key)) takes exactly one value for each key. `key` is valid until the
  // next key. False: the object has ended, or a failure.
  bool EnterObject();
  bool NextMember(std::string_view& key);

  // while (reader.NextElement()) takes exactly one value each time.
  bool EnterArray();
  bool NextElement();

  // Appends the decoded string.
  bool ReadString(std::string& out);
  // The number as it was written.
  bool ReadNumber(std::string_view& written);
  // Any value; `written` is its bytes.
  bool Skip();
  bool Skip(std::string_view& written);

  // True when the one value was taken and only white space is left.
  bool AtEnd();

  bool failed() const { return failed_; }
  // The failure is that the text ended too early.
  bool ended_early() const { return failed_ && ended_early_; }

 private:
  bool Fail();
  void SkipSpace();
  bool Take(char wanted);
  bool TakeWord(std::string_view word);
  bool Open(char bracket);
  bool NextItem(char close);
  bool TakeEscape(std::string* out);
  bool TakeHex4(std::uint32_t& unit);
  bool TakeString(std::string* out);
  bool TakeDigits();

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::array<bool, kDepthMax> has_items_{};
  bool failed_ = false;
  bool ended_early_ = false;
  std::string key_;
};

}  // namespace assay
