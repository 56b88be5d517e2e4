#include "common/json/json.h"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/token_cursor.h"

namespace assay {
namespace {

// Builds a value of type J, or nothing when J is void; stops at the first thing over a limit.
template <typename J>
class Builder {
 public:
  Builder(std::string_view text, const JsonLimits& limits) : limits_(limits), cursor_(text) {}

  bool null() { return Scalar(nullptr); }
  bool boolean(bool value) { return Scalar(value); }
  bool number_integer(std::int64_t value) { return Scalar(value); }
  bool number_unsigned(std::uint64_t value) { return Scalar(value); }
  bool number_float(double value, const std::string&) { return Scalar(value); }
  bool string(std::string& value) { return Scalar(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }

  bool start_object(std::size_t) { return Open(J::object()); }
  bool start_array(std::size_t) { return Open(J::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(std::string& name) {
    const TextPosition where = cursor_.Next();
    if (limits_.reject_duplicate_keys && !keys_.back().insert(name).second) {
      return Fail(where, "duplicate key \"" + EscapeForTerminal(name) + "\"");
    }
    key_ = std::move(name);
    return true;
  }

  template <typename Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception& error) {
    return Fail(cursor_.At(position == 0 ? 0 : position - 1), JsonProblem(error.what()));
  }

  J TakeValue() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

 private:
  bool Fail(const TextPosition& where, const std::string& what) {
    if (problem_.empty()) problem_ = DescribePosition(where) + ": " + what;
    return false;
  }

  template <typename V>
  bool Scalar(V&& value) {
    cursor_.Next();
    Place(J(std::forward<V>(value)));
    return true;
  }

  J* Place(J value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    J& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    J& slot = parent[key_];
    slot = std::move(value);
    return &slot;
  }

  bool Open(J value) {
    const TextPosition where = cursor_.Next();
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      return Fail(where, "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    open_.push_back(Place(std::move(value)));
    keys_.emplace_back();
    return true;
  }

  bool Close() {
    cursor_.Next();
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  JsonTokenCursor cursor_;
  J root_;
  std::vector<J*> open_;
  std::vector<std::set<std::string>> keys_;
  std::string key_;
  std::string problem_;
};

template <typename J>
absl::StatusOr<J> Parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return ResourceExhausted("JSON of " + std::to_string(text.size()) + " bytes; at most " +
                             std::to_string(limits.max_bytes) + " are read");
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    return InvalidArgument("line 1, column 1 (byte 0): a byte order mark is not JSON");
  }
  Builder<J> builder(text, limits);
  const bool parsed = J::sax_parse(text.begin(), text.end(), &builder);
  if (!builder.problem().empty()) return InvalidArgument(builder.problem());
  if (!parsed) return InvalidArgument("line 1, column 1 (byte 0): not valid JSON");
  return builder.TakeValue();
}

}  // namespace

// From "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while
// parsing value - WHAT; last read: 'x'; expected Y" keeps "WHAT; expected Y".
std::string JsonProblem(std::string_view what) {
  for (const std::string_view mark : {std::string_view(" parsing "), std::string_view("column ")}) {
    const std::size_t at = what.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view separator = mark == " parsing " ? " - " : ": ";
    if (const std::size_t end = what.find(separator, at); end != std::string_view::npos) {
      what.remove_prefix(end + separator.size());
      break;
    }
  }
  if (const std::size_t code = what.find("] "); what.substr(0, 1) == "[" && code < 60) {
    what.remove_prefix(code + 2);
  }
  std::string kept(what);
  if (const std::size_t at = what.find("; last read: '"); at != std::string_view::npos) {
    const std::size_t rest = what.find("'; ", at);
    kept = std::string(what.substr(0, at));
    if (rest != std::string_view::npos) kept += what.substr(rest + 1);
  }
  return "not valid JSON: " + EscapeForTerminal(kept, 160);
}

absl::StatusOr<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  return Parse<Json>(text, limits);
}

absl::StatusOr<OrderedJson> ParseOrderedJson(std::string_view text, const JsonLimits& limits) {
  return Parse<OrderedJson>(text, limits);
}

bool IsJson(std::string_view text, const JsonLimits& limits) {
  return Parse<Json>(text, limits).ok();
}

std::size_t EndOfJsonValue(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string DumpJson(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace assay
