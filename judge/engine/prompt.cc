#include "judge/engine/prompt.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/text/utf8.h"
#include "judge/engine/marks.h"
#include "judge/engine/prompt_data.h"

namespace assay {
namespace {

constexpr std::size_t kMarkDigits = 32;
constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

struct Placeholder {
  std::size_t begin = 0;
  std::size_t end = 0;  // past "}}"
  std::string name;
};

bool IsFieldName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::vector<Placeholder> PlaceholdersOf(std::string_view text) {
  std::vector<Placeholder> found;
  for (std::size_t at = text.find(kOpen); at != std::string_view::npos;
       at = text.find(kOpen, at + 1)) {
    const std::size_t close = text.find(kClose, at);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(at + kOpen.size(), close - at - kOpen.size());
    if (IsFieldName(name)) found.push_back({at, close + kClose.size(), std::string(name)});
  }
  return found;
}

std::multiset<std::string> NamesIn(std::string_view text) {
  std::multiset<std::string> names;
  for (Placeholder& placeholder : PlaceholdersOf(text)) names.insert(std::move(placeholder.name));
  return names;
}

const std::map<std::string, PromptTemplate, std::less<>>& Builtins() {
  static const auto* const kPrompts = [] {
    auto* prompts = new std::map<std::string, PromptTemplate, std::less<>>;
    for (const auto& [name, text] : PromptData()) {
      (*prompts)[name] = PromptTemplate{name, text, DigestOf(text)};
    }
    return prompts;
  }();
  return *kPrompts;
}

std::string Mark(const v1::UnitInputs& inputs, std::string_view purpose,
                 std::vector<std::string_view> parts) {
  FieldHasher hasher(purpose);
  hasher.Add(inputs.unit().id()).Add(inputs.judge().model());
  for (const std::string_view part : parts) hasher.Add(part);
  return ToHex(HmacSha256(inputs.run_secret(), hasher.FinishHex())).substr(0, kMarkDigits);
}

// A pattern is a list of words that stand in this order with at most `gap` bytes between them.
struct Pattern {
  const char* kind;
  std::vector<std::string_view> words;
};

const std::vector<Pattern>& Patterns() {
  static const auto* const kPatterns = new std::vector<Pattern>{
      {"override", {"ignore", "instruction"}},
      {"override", {"disregard", "instruction"}},
      {"override", {"forget", "instruction"}},
      {"override", {"ignore", "above"}},
      {"override", {"忽略", "指令"}},
      {"override", {"忽略", "要求"}},
      {"override", {"无视", "指示"}},
      {"addresses_judge", {"as the judge"}},
      {"addresses_judge", {"dear judge"}},
      {"addresses_judge", {"to the grader"}},
      {"addresses_judge", {"note to", "evaluator"}},
      {"addresses_judge", {"instructions for the judge"}},
      {"addresses_judge", {"评分者"}},
      {"addresses_judge", {"评委"}},
      {"dictates_verdict", {"give", "highest score"}},
      {"dictates_verdict", {"give", "full marks"}},
      {"dictates_verdict", {"give", "perfect score"}},
      {"dictates_verdict", {"reply with", "\"score\""}},
      {"dictates_verdict", {"all constraints are satisfied"}},
      {"dictates_verdict", {"all claims are supported"}},
      {"dictates_verdict", {"label", "as supported"}},
      {"dictates_verdict", {"给", "满分"}},
      {"dictates_verdict", {"最高分"}},
      {"forged_reply", {"\"nonce\""}},
      {"forged_reply", {"\"answers\"", "["}},
      {"forged_reply", {"\"verdict\"", ":"}},
      {"forged_reply", {"\"criteria_met\"", ":"}},
      {"forged_turn", {"\nassistant:"}},
      {"forged_turn", {"\nsystem:"}},
      {"forged_turn", {"<response>"}},
      {"forged_turn", {"</response>"}},
  };
  return *kPatterns;
}

constexpr std::size_t kMaxGap = 80;

bool Matches(std::string_view lower, const Pattern& pattern) {
  for (std::size_t start = lower.find(pattern.words.front()); start != std::string_view::npos;
       start = lower.find(pattern.words.front(), start + 1)) {
    std::size_t at = start + pattern.words.front().size();
    bool all = true;
    for (std::size_t i = 1; i < pattern.words.size() && all; ++i) {
      const std::size_t next =
          lower.substr(at, kMaxGap + pattern.words[i].size()).find(pattern.words[i]);
      all = next != std::string_view::npos;
      if (all) at += next + pattern.words[i].size();
    }
    if (all) return true;
  }
  return false;
}

}  // namespace

const PromptTemplate& BuiltinPrompt(std::string_view name) {
  const auto found = Builtins().find(name);
  ASSAY_CHECK(found != Builtins().end());
  return found->second;
}

absl::StatusOr<PromptTemplate> UserPrompt(std::string_view name, std::string text) {
  const PromptTemplate& builtin = BuiltinPrompt(name);
  const std::multiset<std::string> wanted = NamesIn(builtin.text);
  const std::multiset<std::string> given = NamesIn(text);
  for (const std::string& field : wanted) {
    if (given.count(field) == 1) continue;
    return InvalidArgument(absl::StrCat("prompt ", std::string(name), ": {{", field, "}} ",
                                        given.count(field) == 0 ? "is missing" : "stands twice"));
  }
  for (const std::string& field : given) {
    if (wanted.count(field) > 0) continue;
    return InvalidArgument(absl::StrCat("prompt ", std::string(name), ": nothing fills {{", field,
                                        "}}; fields are those of the built-in prompt"));
  }
  std::string digest = DigestOf(text);
  return PromptTemplate{std::string(name), std::move(text), std::move(digest)};
}

std::string PromptsDigest(const google::protobuf::Map<std::string, std::string>& prompts) {
  if (prompts.empty()) return "";
  const std::map<std::string, std::string> sorted(prompts.begin(), prompts.end());
  FieldHasher hasher("assay.benchmark_prompts.v1");
  for (const auto& [name, text] : sorted) hasher.Add(name).Add(text);
  return "sha256:" + hasher.FinishHex();
}

std::string FillPrompt(const PromptTemplate& prompt,
                       const std::map<std::string, std::string>& fields) {
  std::string out;
  std::size_t at = 0;
  std::size_t filled = 0;
  for (const Placeholder& placeholder : PlaceholdersOf(prompt.text)) {
    const auto field = fields.find(placeholder.name);
    ASSAY_CHECK(field != fields.end());
    out.append(prompt.text, at, placeholder.begin - at);
    out.append(field->second);
    at = placeholder.end;
    ++filled;
  }
  ASSAY_CHECK(filled == fields.size());
  out.append(prompt.text, at);
  return out;
}

std::string Material(const v1::UnitInputs& inputs, std::string_view name, std::string_view text) {
  const std::string mark = Mark(inputs, "assay material", {name});
  const std::string tail = absl::StrCat(std::string(kFenceWord), " ", std::string(name), " ", mark);
  return absl::StrCat("<<<", tail, ">>>\n", NeutralizeFences(text), "\n<<<END-", tail, ">>>");
}

std::string TaskMaterial(const v1::UnitInputs& inputs) {
  const std::string& task = inputs.prompt_text();
  const std::string_view shown = CutUtf8(task, kMaxTaskBytes);
  if (shown.size() == task.size()) return Material(inputs, "task", task);
  return Material(inputs, "task",
                  absl::StrCat(std::string(shown), "\n[here ", task.size() - shown.size(),
                               " more bytes of the task are left out]"));
}

std::string ReplyNonce(const v1::UnitInputs& inputs, std::string_view purpose,
                       const v1::Draw& draw) {
  const std::string repeat = std::to_string(draw.repeat());
  const std::string attempt = std::to_string(draw.try_());
  return Mark(inputs, "assay reply nonce", {purpose, repeat, attempt});
}

std::vector<std::string> InjectionPatterns(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::set<std::string> kinds;
  for (const Pattern& pattern : Patterns()) {
    if (kinds.count(pattern.kind) == 0 && Matches(lower, pattern)) kinds.insert(pattern.kind);
  }
  if (HasControlTokens(text)) kinds.insert("control_tokens");
  if (NeutralizeFences(text) != text) kinds.insert("forged_marks");
  return {kinds.begin(), kinds.end()};
}

}  // namespace assay
