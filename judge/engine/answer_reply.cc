#include "judge/engine/answer_reply.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/normalize.h"

namespace assay {
namespace {

using Kind = AnswerField::Kind;

constexpr char kNonce[] = "nonce";
constexpr char kAnswers[] = "answers";
constexpr char kId[] = "id";
// Places at which a JSON value is looked for before the reply is called prose.
constexpr int kMaxCandidates = 64;
// Shorter lists may repeat themselves.
constexpr std::size_t kLoopEntries = 16;

// True when an object or a list of objects begins here, whatever becomes of it.
bool BeginsObject(std::string_view text) {
  constexpr char kBlank[] = " \t\r\n";
  const std::size_t next = text.find_first_not_of(kBlank, 1);
  return next != std::string_view::npos && text[next] == (text.front() == '{' ? '"' : '{');
}

// True for text that was meant to be a reply.
bool IsMeantAsReply(std::string_view text) {
  return BeginsObject(text) || text.find("\"answers\"") != std::string_view::npos ||
         text.find("\"nonce\"") != std::string_view::npos ||
         text.find("\"id\"") != std::string_view::npos;
}

struct Values {
  std::vector<Json> found;  // objects and arrays of objects, in order
  std::string problem;
};

bool IsReplyLike(const Json& value) {
  if (value.is_object()) return !value.empty();
  return value.is_array() && (value.empty() || value.front().is_object());
}

Values ValuesIn(std::string_view text) {
  Values values;
  int candidates = 0;
  for (std::size_t at = text.find_first_of("{["); at != std::string_view::npos;
       at = text.find_first_of("{[", at)) {
    if (++candidates > kMaxCandidates) {
      values.problem = "no reply between many brackets";
      return values;
    }
    const std::size_t end = EndOfJsonValue(text, at);
    if (end == std::string_view::npos) {
      if (IsMeantAsReply(text.substr(at))) values.problem = "the JSON value does not end";
      return values;
    }
    absl::StatusOr<Json> value = ParseJson(text.substr(at, end - at));
    if (value.ok() && IsReplyLike(*value)) {
      values.found.push_back(*std::move(value));
    } else if (!value.ok() && IsMeantAsReply(text.substr(at, end - at))) {
      values.problem = std::string(value.status().message());
      return values;
    }
    at = end;
  }
  return values;
}

// The value of the one key that reads `name`; null when there is none, an error when several.
absl::StatusOr<const Json*> ValueOf(const Json& object, const std::string& name) {
  const auto exact = object.find(name);
  const Json* found = nullptr;
  for (const auto& [key, value] : object.items()) {
    if (NormalizeForMatch(key) != name) continue;
    if (found != nullptr) return InvalidArgument(absl::StrCat("\"", name, "\" stands there twice"));
    found = &value;
  }
  if (found == nullptr && exact != object.end()) found = &*exact;
  return found;
}

std::string LabelForm(std::string_view label) {
  std::string out = absl::AsciiStrToLower(NormalizeForMatch(label));
  const auto outer = [](char c) {
    return c == '"' || c == '\'' || c == '*' || c == '`' || c == '.' || c == ' ' || c == '_';
  };
  while (!out.empty() && outer(out.back())) out.pop_back();
  std::size_t begin = 0;
  while (begin < out.size() && outer(out[begin])) ++begin;
  out.erase(0, begin);
  std::replace(out.begin(), out.end(), ' ', '_');
  return out;
}

// What is meant by `said`; nullopt when none is, or when it could be several.
std::optional<std::string> LabelIn(const std::vector<std::string>& labels, std::string_view said) {
  if (const auto exact = std::find(labels.begin(), labels.end(), said); exact != labels.end()) {
    return *exact;
  }
  const std::string form = LabelForm(said);
  std::optional<std::string> found;
  for (const std::string& label : labels) {
    if (LabelForm(label) != form) continue;
    if (found) return std::nullopt;
    found = label;
  }
  return found;
}

// A judge in a loop repeats itself long before it reaches a cap: 147 lines, 24 of them distinct, in
// VeriFastScore's own output (claims-and-judges.md section 3).
bool IsLoop(const Json& list) {
  if (list.size() < kLoopEntries) return false;
  std::set<std::string> distinct;
  for (const Json& entry : list) distinct.insert(DumpJson(entry));
  return distinct.size() * 2 < list.size();
}

absl::StatusOr<Answer> ReadFields(const std::vector<AnswerField>& fields, const Json& object);

absl::StatusOr<std::vector<std::string>> ReadTexts(const AnswerField& field, const Json& value) {
  std::vector<std::string> texts;
  for (const Json& item : value) {
    const bool number = field.kind == Kind::kIds && item.is_number_integer();
    if (!item.is_string() && !number) return InvalidArgument("not a list of strings");
    std::string text = number ? item.dump() : item.get<std::string>();
    if (field.kind == Kind::kIds) {
      const std::optional<std::string> id = LabelIn(field.labels, text);
      if (!id) return InvalidArgument("\"" + EscapeForTerminal(text, 40) + "\" is no id here");
      text = *id;
      if (std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

absl::StatusOr<AnswerValue> ReadList(const AnswerField& field, const Json& value) {
  AnswerValue read;
  if (!value.is_array()) return InvalidArgument("not a list");
  if (field.most > 0 && value.size() > static_cast<std::size_t>(field.most)) {
    return InvalidArgument(absl::StrCat(value.size(), " entries, at most ", field.most));
  }
  if (field.kind != Kind::kIds && IsLoop(value)) {
    return InvalidArgument(absl::StrCat("a loop of ", value.size(), " entries"));
  }
  if (field.kind != Kind::kRecords) {
    ASSAY_ASSIGN_OR_RETURN(read.texts, ReadTexts(field, value));
    return read;
  }
  for (const Json& item : value) {
    if (!item.is_object()) return InvalidArgument("not a list of objects");
    ASSAY_ASSIGN_OR_RETURN(Answer record, ReadFields(field.fields, item));
    read.records.push_back(std::move(record));
  }
  return read;
}

absl::StatusOr<AnswerValue> ReadLabel(const AnswerField& field, const Json& value) {
  if (!value.is_string() && !value.is_boolean()) return InvalidArgument("not a string");
  const std::string said = value.is_boolean() ? value.dump() : value.get<std::string>();
  const std::optional<std::string> label = LabelIn(field.labels, said);
  if (!label) {
    return InvalidArgument("\"" + EscapeForTerminal(said, 40) + "\" is none of its labels");
  }
  AnswerValue read;
  read.text = *label;
  return read;
}

absl::StatusOr<AnswerValue> ReadInteger(const AnswerField& field, const Json& value) {
  if (!value.is_number_integer()) return InvalidArgument("not a whole number");
  constexpr auto kHuge = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > kHuge;
  const std::int64_t number = huge ? 0 : value.get<std::int64_t>();
  if (huge || number < field.least || number > field.most) {
    return InvalidArgument(absl::StrCat("not from ", field.least, " to ", field.most));
  }
  AnswerValue read;
  read.number = number;
  read.expected = static_cast<double>(number);
  return read;
}

absl::StatusOr<AnswerValue> ReadValue(const AnswerField& field, const Json& value) {
  AnswerValue read;
  switch (field.kind) {
    case Kind::kLabel:
      return ReadLabel(field, value);
    case Kind::kInteger:
      return ReadInteger(field, value);
    case Kind::kText:
      if (!value.is_string()) return InvalidArgument("not a string");
      read.text = value.get<std::string>();
      if (field.most > 0 && read.text.size() > static_cast<std::size_t>(field.most)) {
        return InvalidArgument(absl::StrCat("longer than ", field.most, " bytes"));
      }
      return read;
    case Kind::kTexts:
    case Kind::kIds:
    case Kind::kRecords:
      return ReadList(field, value);
  }
  return read;
}

// True for a blank where another field asks for words.
bool LacksWords(const AnswerField& field, const Answer& answer) {
  const auto by = answer.find(field.needed_by);
  if (by == answer.end()) return false;
  const auto said = answer.find(field.name);
  if (said != answer.end() && !NormalizeForMatch(said->second.text).empty()) return false;
  if (field.needed_above) return by->second.number > *field.needed_above;
  return std::find(field.needed_for.begin(), field.needed_for.end(), by->second.text) !=
         field.needed_for.end();
}

absl::StatusOr<Answer> ReadFields(const std::vector<AnswerField>& fields, const Json& object) {
  Answer answer;
  for (const AnswerField& field : fields) {
    ASSAY_ASSIGN_OR_RETURN(const Json* value, ValueOf(object, field.name));
    if (value == nullptr || value->is_null()) {
      if (!field.required) continue;
      return InvalidArgument(absl::StrCat("no \"", field.name, "\""));
    }
    absl::StatusOr<AnswerValue> read = ReadValue(field, *value);
    if (!read.ok()) return Annotate(read.status(), absl::StrCat("\"", field.name, "\""));
    answer[field.name] = *std::move(read);
  }
  for (const AnswerField& field : fields) {
    if (!LacksWords(field, answer)) continue;
    const AnswerValue& by = answer[field.needed_by];
    return InvalidArgument(absl::StrCat(
        "\"", field.name, "\" is empty, though \"", field.needed_by, "\" is ",
        field.needed_above ? absl::StrCat(by.number) : absl::StrCat("\"", by.text, "\"")));
  }
  return answer;
}

std::optional<std::string> IdOf(const AnswerDemand& demand, const Json& answer) {
  if (demand.without_ids) return demand.ids.front();
  const absl::StatusOr<const Json*> id = ValueOf(answer, kId);
  if (!id.ok() || *id == nullptr) return std::nullopt;
  if ((*id)->is_number_integer()) return LabelIn(demand.ids, (*id)->dump());
  if (!(*id)->is_string()) return std::nullopt;
  return LabelIn(demand.ids, (*id)->get<std::string>());
}

void Note(AnswerReply& reply, const std::string& what) {
  if (reply.first_bad.empty()) reply.first_bad = what;
}

void TakeAnswers(const AnswerDemand& demand, const std::vector<const Json*>& list,
                 AnswerReply& reply) {
  if (list.size() > 4 * demand.ids.size() + 16) {
    reply.problem = absl::StrCat(list.size(), " answers to ", demand.ids.size(), " items");
    return;
  }
  std::map<std::string, Json> seen;
  std::set<std::string> conflicting;
  for (const Json* answer : list) {
    if (!answer->is_object()) {
      Note(reply, "an answer is no object");
      continue;
    }
    const std::optional<std::string> id = IdOf(demand, *answer);
    if (!id) {
      Note(reply, "an answer to no item that was asked");
      continue;
    }
    const auto [first, added] = seen.emplace(*id, *answer);
    if (!added) {
      if (first->second == *answer) continue;
      conflicting.insert(*id);
      Note(reply, absl::StrCat("item ", *id, " has two different answers"));
      continue;
    }
    absl::StatusOr<Answer> read = ReadFields(demand.fields, *answer);
    if (read.ok()) {
      reply.answers[*id] = *std::move(read);
    } else {
      Note(reply, absl::StrCat("item ", *id, ": ", std::string(read.status().message())));
    }
  }
  for (const std::string& id : conflicting) reply.answers.erase(id);
  if (reply.answers.size() < demand.ids.size()) {
    Note(reply, absl::StrCat(demand.ids.size() - reply.answers.size(), " items have no answer"));
  }
}

// Empty when the nonce is right.
std::string NonceProblem(const AnswerDemand& demand, const Json& object, bool& forged) {
  const absl::StatusOr<const Json*> nonce = ValueOf(object, kNonce);
  if (!nonce.ok()) return std::string(nonce.status().message());
  if (*nonce == nullptr) return "no \"nonce\"";
  if ((*nonce)->is_string() && NormalizeForMatch((*nonce)->get<std::string>()) == demand.nonce) {
    return "";
  }
  forged = true;
  return "the nonce is not this call's";
}

// Without a nonce the answers may stand in a bare list or in lines.
std::vector<const Json*> LooseAnswers(const AnswerDemand& demand, const std::vector<Json>& values) {
  std::vector<const Json*> list;
  for (const Json& value : values) {
    if (value.is_array()) {
      for (const Json& item : value) list.push_back(&item);
    } else if (const auto inner = value.find(kAnswers); inner != value.end() && inner->is_array()) {
      for (const Json& item : *inner) list.push_back(&item);
    } else {
      list.push_back(&value);
    }
    if (!demand.json_lines) break;
  }
  return list;
}

}  // namespace

AnswerReply ReadAnswers(const AnswerDemand& demand, std::string_view text) {
  AnswerReply reply;
  if (text.size() > kMaxReplyBytes) {
    reply.problem = absl::StrCat("longer than ", kMaxReplyBytes, " bytes");
    return reply;
  }
  ASSAY_CHECK(!demand.without_ids || (demand.ids.size() == 1 && demand.nonce.empty()));
  const Values values = ValuesIn(text);
  reply.problem = values.problem;
  if (!reply.problem.empty()) return reply;
  if (values.found.empty()) {
    reply.problem = text.empty() ? "empty" : "no JSON value in it";
    return reply;
  }
  if (values.found.size() > 1 && !(demand.json_lines && demand.nonce.empty())) {
    reply.problem = "more than one JSON value";
    return reply;
  }
  if (demand.nonce.empty()) {
    TakeAnswers(demand, LooseAnswers(demand, values.found), reply);
    return reply;
  }
  const Json& object = values.found.front();
  if (!object.is_object()) {
    reply.problem = "a bare list, without the nonce";
    return reply;
  }
  reply.problem = NonceProblem(demand, object, reply.forged);
  if (!reply.problem.empty()) return reply;
  const absl::StatusOr<const Json*> answers = ValueOf(object, kAnswers);
  if (!answers.ok()) {
    reply.problem = std::string(answers.status().message());
  } else if (*answers != nullptr && (*answers)->is_array()) {
    std::vector<const Json*> list;
    for (const Json& item : **answers) list.push_back(&item);
    TakeAnswers(demand, list, reply);
  } else if (*answers == nullptr && demand.ids.size() == 1 && IdOf(demand, object).has_value()) {
    TakeAnswers(demand, {&object}, reply);
  } else {
    reply.problem = "no list \"answers\"";
  }
  return reply;
}

}  // namespace assay
