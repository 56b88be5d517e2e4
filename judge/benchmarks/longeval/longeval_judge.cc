#include "judge/benchmarks/longeval/longeval_judge.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/json/json.h"
#include "common/text/python_case.h"
#include "common/text/python_text.h"
#include "judge/engine/only_object.h"

namespace assay {
namespace {

constexpr double kHighest = 10;

bool SpeaksOfRelatedWork(std::string_view section) {
  return PythonLower(section).find("related work") != std::string::npos;
}

std::size_t IntroductionOf(LongEvalDataSet data_set) {
  return data_set == LongEvalDataSet::kPaper ? 1 : 0;
}

// Sections are told from abstract and introduction by their text.
bool IsFrontMatter(const LongEvalItem& item, const std::vector<std::string_view>& texts,
                   std::size_t section) {
  const std::size_t introduction = IntroductionOf(item.data_set);
  if (texts[section] == texts[introduction]) return true;
  return introduction == 1 && texts[section] == texts[0];
}

LongEvalAnswer Breaks(const std::string& problem) {
  return {LongEvalAnswer::Fate::kBreaks, 0, problem};
}

// bool, int and float can be added up.
std::optional<double> NumberOf(const PythonValue& value) {
  if (value.kind == PythonValue::Kind::kBool) return value.boolean ? 1.0 : 0.0;
  const bool number =
      value.kind == PythonValue::Kind::kInt || value.kind == PythonValue::Kind::kFloat;
  return number ? std::optional<double>(value.number) : std::nullopt;
}

LongEvalAnswer ScoreIn(const PythonValue& value) {
  const std::optional<double> score = NumberOf(value);
  if (!score.has_value()) return Breaks("TypeError: the score is no number");
  return {LongEvalAnswer::Fate::kScore, *score, ""};
}

// value["score"].
LongEvalAnswer Subscript(const PythonValue& value) {
  if (value.kind != PythonValue::Kind::kDict) return Breaks("TypeError: not an object");
  const auto found = value.dict.find("score");
  if (found == value.dict.end()) return Breaks("KeyError: 'score'");
  if (found->second.kind == PythonValue::Kind::kNone) return {LongEvalAnswer::Fate::kNull, 0, ""};
  return ScoreIn(found->second);
}

bool IsTrue(const PythonValue& value) {
  switch (value.kind) {
    case PythonValue::Kind::kNone:
      return false;
    case PythonValue::Kind::kString:
      return !value.text.empty();
    case PythonValue::Kind::kList:
      return !value.list.empty();
    case PythonValue::Kind::kDict:
      return !value.dict.empty();
    default:
      return NumberOf(value).value_or(0) != 0;
  }
}

// One that is added up: null is no number.
LongEvalAnswer Summed(LongEvalAnswer answer) {
  return answer.fate == LongEvalAnswer::Fate::kNull ? Breaks("TypeError: the score is no number")
                                                    : answer;
}

}  // namespace

absl::StatusOr<std::vector<LongEvalQuestion>> LongEvalQuestions(
    const LongEvalItem& item, const std::vector<std::string_view>& texts) {
  const std::size_t count = item.sections.size();
  if (texts.size() != count || item.plan.size() != count) {
    return InvalidArgument(absl::StrCat("the text has ", texts.size(), " sections, its plan ",
                                        item.plan.size(), " and the original ", count));
  }
  if (count <= IntroductionOf(item.data_set)) {
    return InvalidArgument(absl::StrCat("a text of ", count, " sections has no introduction"));
  }
  std::vector<LongEvalQuestion> questions;
  for (std::size_t i = 0; i < count; ++i) {
    if (SpeaksOfRelatedWork(item.sections[i])) questions.push_back({LongEvalAsk::kRelated, i});
  }
  if (item.data_set == LongEvalDataSet::kWikipedia) questions.push_back({LongEvalAsk::kWhole, 0});
  questions.push_back({LongEvalAsk::kIntroduction, IntroductionOf(item.data_set)});
  questions.push_back({LongEvalAsk::kRedundancy, 0});
  for (std::size_t i = 0; i < count; ++i) {
    questions.push_back({LongEvalAsk::kInstruction, i});
    if (!IsFrontMatter(item, texts, i)) questions.push_back({LongEvalAsk::kExperiment, i});
  }
  return questions;
}

LongEvalQuestion LongEvalFollowUp(const LongEvalQuestion& experiment, bool yes) {
  return {yes ? LongEvalAsk::kAnalysis : LongEvalAsk::kMethod, experiment.section};
}

absl::StatusOr<std::string> LongEvalPrompt(std::string_view prompt, const LongEvalItem& item,
                                           const std::vector<std::string_view>& texts,
                                           const LongEvalQuestion& question) {
  const std::size_t introduction = IntroductionOf(item.data_set);
  const auto text = [&] {
    return absl::StrJoin(texts, "\n\n",
                         [](std::string* out, std::string_view one) { out->append(one); });
  };
  std::string out;
  for (std::size_t at = 0;;) {
    const std::size_t open = prompt.find("<<", at);
    out.append(prompt.substr(at, open == prompt.npos ? open : open - at));
    if (open == prompt.npos) return out;
    const std::size_t close = prompt.find(">>", open);
    const std::string_view name =
        close == prompt.npos ? prompt.substr(open, 40) : prompt.substr(open + 2, close - open - 2);
    if (name == "c") {
      out.append(texts[question.section]);
    } else if (name == "s") {
      out.append(item.sections[question.section]);
    } else if (name == "h") {
      out.append(item.plan[question.section]);
    } else if (name == "context_str" || name == "Context_str") {
      out.append(text());
    } else if (name == "raw_text") {
      out.append(absl::StrJoin(item.sections, "\n\n"));
    } else if (name == "Introduction") {
      out.append(texts[introduction]);
    } else if (name == "Introduction_ref") {
      out.append(item.sections[introduction]);
    } else {
      return InvalidArgument(
          absl::StrCat("benchmark.prompts.",
                       std::string(kLongEvalPrompts[static_cast<std::size_t>(question.ask)]),
                       ": <<", EscapeForTerminal(name), ">> is not known"));
    }
    at = close + 2;
  }
}

absl::StatusOr<PythonValue> ParseLongEvalReply(std::string_view reply) {
  std::string text(reply);
  for (const char* piece : {"json", "\n", "```"}) text = absl::StrReplaceAll(text, {{piece, ""}});
  if (text.find("##") != std::string::npos) {
    text.resize(text.find('#'));
  } else if (text.find("**") != std::string::npos) {
    text.resize(text.find('*'));
  }
  const std::string_view rest = PythonStrip(text);
  if (rest.find("This is a friendly reminder -") != std::string_view::npos) return PythonValue();
  return PythonJsonLoads(rest);
}

LongEvalAnswer ReadOfficialLongEval(LongEvalAsk ask, std::string_view reply) {
  if (ask == LongEvalAsk::kExperiment) {
    const bool yes = PythonLower(reply).find("yes") != std::string::npos;
    return {LongEvalAnswer::Fate::kScore, yes ? 1.0 : 0.0, ""};
  }
  const auto value = ParseLongEvalReply(reply);
  if (ask == LongEvalAsk::kRelated || ask == LongEvalAsk::kWhole) {
    if (!value.ok() || !IsTrue(*value)) return {LongEvalAnswer::Fate::kNull, 0, ""};
    return Subscript(*value);
  }
  if (ask == LongEvalAsk::kIntroduction) {
    return value.ok() ? Subscript(*value) : Breaks("TypeError: not an object");
  }
  if (!value.ok()) {
    return Breaks(absl::StrCat("JSONDecodeError: ", std::string(MessageOf(value.status()))));
  }
  if (ask == LongEvalAsk::kRedundancy && !IsTrue(*value)) {
    return Breaks("UnboundLocalError: Redundancy_score");
  }
  const bool dict = value->kind == PythonValue::Kind::kDict;
  if (ask == LongEvalAsk::kRedundancy) return dict ? Subscript(*value) : ScoreIn(*value);
  if (ask == LongEvalAsk::kMethod) return Summed(Subscript(*value));
  return Summed(dict ? Subscript(*value) : ScoreIn(*value));
}

LongEvalAnswer ReadStrictLongEval(LongEvalAsk ask, std::string_view reply) {
  if (ask == LongEvalAsk::kExperiment) {
    const std::string lower = PythonLower(PythonStrip(reply, " \t\r\n\"'`*"));
    const std::string_view word =
        std::string_view(lower).substr(0, lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
    if (word == "yes" || word == "no") {
      return {LongEvalAnswer::Fate::kScore, word == "yes" ? 1.0 : 0.0, ""};
    }
    return Breaks(absl::StrCat("neither yes nor no: \"", EscapeForTerminal(reply, 80), "\""));
  }
  const auto object = OnlyObject(reply);
  if (!object.ok()) return Breaks(std::string(MessageOf(object.status())));
  const auto json = ParseJson(*object);
  if (!json.ok()) return Breaks(std::string(MessageOf(json.status())));
  const double lowest = ask == LongEvalAsk::kInstruction ? 0 : 1;
  const auto score = json->find("score");
  const bool number = score != json->end() && score->is_number();
  if (!number || !(score->get<double>() >= lowest && score->get<double>() <= kHighest)) {
    return Breaks(absl::StrCat("\"score\" must be a number from ", lowest, " to ", kHighest));
  }
  return {LongEvalAnswer::Fate::kScore, score->get<double>(), ""};
}

}  // namespace assay
