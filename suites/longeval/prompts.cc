#include "suites/longeval/prompts.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "common/base/status.h"
#include "common/text/python_literal.h"
#include "judge/benchmarks/longeval/longeval_judge.h"

namespace assay {
namespace {

constexpr std::size_t kMaxScriptBytes = std::size_t{1} << 20;
constexpr char kEvaluator[] = "evaluator.py";
constexpr char kInference[] = "inference.py";
constexpr char kBoth[] = "prompts/prompt_templates.json";

using Assigned = std::vector<std::pair<std::string, std::string>>;  // name and text, in order

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

// f"..." as "...": no other f stands before a quotation mark in these scripts.
std::string WithoutFormatMarks(std::string_view source) {
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const bool marks = source[i] == 'f' && i + 1 < source.size() && source[i + 1] == '"' &&
                       (i == 0 || !IsName(source.substr(i - 1, 1)));
    if (!marks) out += source[i];
  }
  return out;
}

// {name} as <<name>>; other braces stay.
std::string WithMarkedFields(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t close = text[at] == '{' ? text.find('}', at) : text.npos;
    const bool field = close != text.npos && IsName(text.substr(at + 1, close - at - 1));
    if (field) {
      out.append("<<").append(text.substr(at + 1, close - at - 1)).append(">>");
      at = close + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

absl::StatusOr<Assigned> AssignedIn(const SourceFolder& source, const std::string& script) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, source.ReadText(script, kMaxScriptBytes));
  const auto assignments = PythonAssignments(WithoutFormatMarks(text));
  if (!assignments.ok()) {
    return InvalidArgument(source.PathOf(script) + ": " +
                           std::string(MessageOf(assignments.status())) + "; " + source.advice());
  }
  Assigned assigned;
  for (const PythonAssignment& one : *assignments) {
    if (one.text.has_value()) assigned.emplace_back(one.name, WithMarkedFields(*one.text));
  }
  return assigned;
}

// Of the object `root`, list `part`.
Assigned AssignedOf(const ConfigNode& root, const std::string& part, ConfigErrors* errors,
                    const std::string& advice) {
  Assigned assigned;
  const ConfigNode* list = RowReader(root, errors, "", advice).List(part);
  for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
    const RowReader row(list->children[i], errors, part + "[" + std::to_string(i) + "]", advice);
    const std::string name = row.Text("variable");
    assigned.emplace_back(name, row.Text("text"));
  }
  return assigned;
}

// What the judge is asked: a task (d_text) is put into the question behind it.
std::map<std::string, std::string> JudgePrompts(const Assigned& assigned) {
  constexpr std::string_view kTask = "<<d_text>>";
  std::map<std::string, std::string> prompts;
  std::string task;
  std::size_t next = 0;
  for (auto [name, text] : assigned) {
    if (name == "system_prompt") prompts.emplace("system", text);
    if (name == "d_text") task = text;
    if (name != "evaluate_prompt") continue;
    const std::size_t at = text.find(kTask);
    if (at != std::string::npos) text.replace(at, kTask.size(), task);
    const bool known = next < kLongEvalPrompts.size();
    prompts[known ? std::string(kLongEvalPrompts[next]) : "more"] = text;
    ++next;
  }
  return prompts;
}

// Those about a point of the plan; behind them stands one for a whole text, which the published
// script cannot run.
std::vector<std::string> WritingPrompts(const Assigned& assigned) {
  std::vector<std::string> prompts;
  for (const auto& [name, text] : assigned) {
    if (name == "prompt" && text.find("<<h>>") != std::string::npos) prompts.push_back(text);
  }
  return prompts;
}

// The first <<...>> in a prompt that writes a section which stands for no value of a row; empty:
// there is none.
std::string UnknownField(const std::vector<std::string>& prompts) {
  static constexpr std::string_view kKnown[] = {"title", "h", "l", "ref", "exp_results", "context"};
  for (const std::string_view prompt : prompts) {
    for (std::size_t at = prompt.find("<<"); at != prompt.npos; at = prompt.find("<<", at + 2)) {
      const std::size_t close = prompt.find(">>", at);
      const std::string_view name =
          prompt.substr(at + 2, close == prompt.npos ? 0 : close - at - 2);
      if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
        return "<<" + std::string(name) + ">>";
      }
    }
  }
  return "";
}

}  // namespace

absl::StatusOr<LongEvalPrompts> ReadLongEvalPrompts(const SourceFolder& source) {
  Assigned evaluator;
  Assigned inference;
  const bool scripts = source.Has(kEvaluator);
  if (scripts) {
    ASSAY_ASSIGN_OR_RETURN(evaluator, AssignedIn(source, kEvaluator));
    ASSAY_ASSIGN_OR_RETURN(inference, AssignedIn(source, kInference));
  } else if (source.Has(kBoth)) {
    ASSAY_ASSIGN_OR_RETURN(const ConfigNode root, source.ReadJson(kBoth));
    ConfigErrors errors(source.PathOf(kBoth), &root);
    evaluator = AssignedOf(root, "evaluator", &errors, source.advice());
    inference = AssignedOf(root, "inference", &errors, source.advice());
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  } else {
    return NotFound(source.PathOf(kEvaluator) + ": is missing (the judge's prompts); " +
                    source.advice());
  }
  LongEvalPrompts prompts{JudgePrompts(evaluator), WritingPrompts(inference)};
  if (prompts.judge.size() != kLongEvalPrompts.size() + 1 || prompts.judge.count("more") > 0) {
    return InvalidArgument(source.PathOf(scripts ? kEvaluator : kBoth) +
                           ": expected a system prompt and 8 questions for the judge; " +
                           source.advice());
  }
  if (prompts.writing.size() != kLongEvalWritings + 1) {
    return InvalidArgument(source.PathOf(scripts ? kInference : kBoth) +
                           ": expected 13 prompts with a point of the plan in them, found " +
                           std::to_string(prompts.writing.size()) + "; " + source.advice());
  }
  prompts.writing.pop_back();
  const std::string unknown = UnknownField(prompts.writing);
  if (unknown.empty()) return prompts;
  return InvalidArgument(source.PathOf(scripts ? kInference : kBoth) + ": " + unknown +
                         " in a prompt is no value of a section; " + source.advice());
}

}  // namespace assay
