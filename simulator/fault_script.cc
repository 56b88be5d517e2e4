#include "simulator/fault_script.h"

#include <cstdlib>

#include "common/base/log.h"
#include "common/json/json.h"

namespace assay {
namespace {

// Reads the members of one JSON object into a struct; what was not read is unknown, an error.
class FieldReader {
 public:
  FieldReader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) Fail("", "expected an object");
  }

  void Read(const char* name, std::string& target) {
    if (const Json* value = Take(name)) {
      if (!value->is_string()) return Fail(name, "expected a string");
      target = value->get<std::string>();
    }
  }

  void Read(const char* name, std::int64_t& target, std::int64_t least) {
    if (const Json* value = Take(name)) {
      if (!value->is_number_integer() || value->get<std::int64_t>() < least) {
        return Fail(name, "expected a whole number of at least " + std::to_string(least));
      }
      target = value->get<std::int64_t>();
    }
  }

  void Read(const char* name, double& target, double most) {
    if (const Json* value = Take(name)) {
      if (!value->is_number() || value->get<double>() < 0 || value->get<double>() > most) {
        return Fail(name, "expected a number from 0 to " + std::to_string(most));
      }
      target = value->get<double>();
    }
  }

  void Read(const char* name, bool& target) {
    if (const Json* value = Take(name)) {
      if (!value->is_boolean()) return Fail(name, "expected true or false");
      target = value->get<bool>();
    }
  }

  const Json* Take(const char* name) {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    ++taken_;
    known_ += std::string(" ") + name;
    return &*found;
  }

  void Fail(std::string_view name, std::string_view message) {
    if (!status_.ok()) return;
    std::string text = where_;
    if (!name.empty()) text += "." + std::string(name);
    status_ = InvalidArgument(text + ": " + std::string(message));
  }

  // Call last: the first error, or that of an unknown member.
  absl::Status Finish() {
    if (!status_.ok() || taken_ == object_.size()) return status_;
    known_ += ' ';
    for (const auto& item : object_.items()) {
      if (known_.find(" " + item.key() + " ") == std::string::npos) {
        return InvalidArgument(where_ + ": unknown field \"" + EscapeForTerminal(item.key()) +
                               "\"");
      }
    }
    return status_;
  }

 private:
  const Json& object_;
  std::string where_;
  std::string known_;
  std::size_t taken_ = 0;
  absl::Status status_;
};

constexpr double kAnyNumber = 1e9;

absl::Status ReadMatch(const Json& json, const std::string& where, FaultMatch& match) {
  FieldReader reader(json, where);
  reader.Read("model", match.model);
  reader.Read("prompt", match.prompt);
  reader.Read("kind", match.kind);
  reader.Read("share", match.share, 1.0);
  reader.Read("nth", match.nth, 1);
  reader.Read("every", match.every, 1);
  reader.Read("first", match.first, 1);
  reader.Read("after", match.after, 0);
  reader.Read("first_tries", match.first_tries, 1);
  if (!match.kind.empty() && match.kind != "chat" && match.kind != "completion") {
    reader.Fail("kind", "expected chat or completion");
  }
  return reader.Finish();
}

void ReadHeaders(FieldReader& reader, FaultAction& action) {
  const Json* headers = reader.Take("headers");
  if (headers == nullptr) return;
  if (!headers->is_object()) return reader.Fail("headers", "expected an object of strings");
  for (const auto& item : headers->items()) {
    if (!item.value().is_string() ||
        item.value().get<std::string>().find_first_of("\r\n") != std::string::npos ||
        item.key().find_first_of("\r\n: ") != std::string::npos) {
      return reader.Fail("headers", "expected strings without line ends");
    }
    action.headers.emplace_back(item.key(), item.value().get<std::string>());
  }
}

void ReadRetryAfter(FieldReader& reader, FaultAction& action) {
  const Json* value = reader.Take("retry_after");
  if (value == nullptr) return;
  if (value->is_string() && value->get<std::string>().find_first_of("\r\n") == std::string::npos) {
    action.retry_after = value->get<std::string>();
  } else if (value->is_number()) {
    action.retry_after = value->dump();
  } else {
    reader.Fail("retry_after", "expected a number or a string on one line");
  }
}

void ReadCutEnd(FieldReader& reader, FaultAction& action) {
  std::string end;
  reader.Read("cut_end", end);
  if (end == "reset") {
    action.cut_end = CutEnd::kReset;
  } else if (end == "clean") {
    action.cut_end = CutEnd::kClean;
  } else if (!end.empty() && end != "close") {
    reader.Fail("cut_end", "expected close, reset or clean");
  }
}

absl::Status ReadAction(const Json& json, const std::string& where, FaultAction& action) {
  FieldReader reader(json, where);
  std::int64_t status = 0;
  reader.Read("status", status, 200);
  if (status > 599) reader.Fail("status", "expected an HTTP status from 200 to 599");
  action.status = static_cast<int>(status);
  reader.Read("error_code", action.error_code);
  ReadRetryAfter(reader, action);
  ReadHeaders(reader, action);
  if (reader.Take("body") != nullptr) {
    action.body_set = true;
    if (json["body"].is_string()) {
      action.body = json["body"].get<std::string>();
    } else {
      reader.Fail("body", "expected a string");
    }
  }
  reader.Read("hang", action.hang);
  reader.Read("reset", action.reset);
  reader.Read("cut_after_bytes", action.cut_after_bytes, 0);
  ReadCutEnd(reader, action);
  reader.Read("stall_after_bytes", action.stall_after_bytes, 0);
  reader.Read("stall_ms", action.stall_ms, -1);
  reader.Read("comments_forever", action.comments_forever);
  reader.Read("error_after_bytes", action.error_after_bytes, 0);
  reader.Read("garbage", action.garbage);
  reader.Read("html_200", action.html_200);
  reader.Read("no_done", action.no_done);
  reader.Read("no_finish", action.no_finish);
  reader.Read("long_length", action.long_length);
  reader.Read("huge_bytes", action.huge_bytes, 0);
  reader.Read("latency_ms", action.latency_ms, kAnyNumber);
  reader.Read("tokens_per_s", action.tokens_per_s, kAnyNumber);
  return reader.Finish();
}

absl::Status ReadRule(const Json& json, const std::string& where, FaultRule& rule) {
  FieldReader reader(json, where);
  reader.Read("name", rule.name);
  if (const Json* match = reader.Take("match")) {
    ASSAY_RETURN_IF_ERROR(ReadMatch(*match, where + ".match", rule.match));
  }
  const Json* action = reader.Take("action");
  if (action == nullptr || !action->is_object() || action->empty()) {
    reader.Fail("action", "expected an object with at least one field");
  } else {
    ASSAY_RETURN_IF_ERROR(ReadAction(*action, where + ".action", rule.action));
  }
  return reader.Finish();
}

// [0, 1) from the first 13 hex digits of a hash.
double HashShare(std::string_view hex) {
  const std::string head(hex.substr(0, 13));
  return static_cast<double>(std::strtoull(head.c_str(), nullptr, 16)) / 0x1p52;
}

}  // namespace

absl::StatusOr<std::vector<FaultRule>> ParseFaultScript(std::string_view json,
                                                        std::string_view file) {
  const absl::StatusOr<Json> document = ParseJson(json);
  if (!document.ok()) return Annotate(document.status(), file);
  FieldReader reader(*document, std::string(file));
  const Json* list = reader.Take("rules");
  if (list == nullptr || !list->is_array()) reader.Fail("rules", "expected a list of rules");
  ASSAY_RETURN_IF_ERROR(reader.Finish());
  std::vector<FaultRule> rules;
  for (const Json& item : *list) {
    FaultRule rule;
    const std::string number = std::to_string(rules.size() + 1);
    ASSAY_RETURN_IF_ERROR(ReadRule(item, std::string(file) + ": rule " + number, rule));
    if (rule.name.empty()) rule.name = "rule-" + number;
    rules.push_back(std::move(rule));
  }
  return rules;
}

FaultMatcher::FaultMatcher(std::vector<FaultRule> rules)
    : rules_(std::move(rules)), matched_(rules_.size(), 0) {}

const FaultRule* FaultMatcher::Match(const FaultSubject& subject) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const FaultMatch& match = rules_[i].match;
    if (subject.model.find(match.model) == std::string_view::npos) continue;
    if (subject.prompt.find(match.prompt) == std::string_view::npos) continue;
    if (!match.kind.empty() && subject.kind != match.kind) continue;
    if (match.share < 1.0 && HashShare(subject.body_sha256) >= match.share) continue;
    const std::int64_t count = ++matched_[i];
    if (count <= match.after) continue;
    if (match.nth != 0 && count != match.nth) continue;
    if (match.every != 0 && count % match.every != 0) continue;
    if (match.first != 0 && count > match.after + match.first) continue;
    if (match.first_tries != 0) {
      std::string key = std::to_string(i) + "/" + std::string(subject.body_sha256);
      if (++arrivals_[std::move(key)] > match.first_tries) continue;
    }
    return &rules_[i];
  }
  return nullptr;
}

}  // namespace assay
