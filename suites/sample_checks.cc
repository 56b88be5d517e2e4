#include "suites/sample_checks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "suites/constraint_kinds.h"

namespace assay {
namespace {

constexpr int kMaxWords = 10'000'000;
constexpr int kMaxItems = 1000;  // constraints, criteria, aspects, documents
constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

std::string Item(const char* list, int index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

void CheckMessages(const v1::Sample& sample, ConfigErrors* errors) {
  for (int i = 0; i < sample.messages_size(); ++i) {
    const v1::Message& message = sample.messages(i);
    const std::string path = Item("messages", i);
    if (message.role() != "system" && message.role() != "user" && message.role() != "assistant") {
      errors->AddUnlessBroken(path + ".role", "expected system, user or assistant, found " +
                                                  QuoteForError(message.role()));
    }
    if (IsBlank(message.content())) errors->AddUnlessBroken(path + ".content", "must not be blank");
  }
  if (sample.messages_size() > 0 && sample.messages(sample.messages_size() - 1).role() != "user") {
    errors->AddUnlessBroken("messages", "the last message must be the user's");
  }
}

void CheckPrompt(const v1::Sample& sample, ConfigErrors* errors) {
  const int forms = (sample.prompt().empty() ? 0 : 1) + (sample.messages_size() > 0 ? 1 : 0) +
                    (sample.has_completion() ? 1 : 0);
  if (forms > 1) {
    errors->AddUnlessBroken("", "only one of prompt, messages and completion may be given");
  } else if (forms == 0 && !errors->Broken("prompt") && !errors->Broken("messages") &&
             !errors->Broken("completion")) {
    const bool written = errors->Written("prompt");
    errors->Add(written ? "prompt" : "",
                written ? "must not be blank" : "needs a prompt (or messages, or completion)");
  }
  if (!sample.prompt().empty() && IsBlank(sample.prompt())) {
    errors->AddUnlessBroken("prompt", "must not be blank");
  }
  if (sample.has_completion() && IsBlank(sample.completion().prompt())) {
    errors->AddUnlessBroken("completion.prompt", "must not be blank");
  }
  CheckMessages(sample, errors);
}

void CheckConstraints(const v1::Sample& sample, ConfigErrors* errors) {
  std::set<std::string> ids;
  for (int i = 0; i < std::min(sample.constraints_size(), kMaxItems); ++i) {
    const v1::Constraint& constraint = sample.constraints(i);
    const std::string path = Item("constraints", i);
    if (!constraint.id().empty() && !ids.insert(constraint.id()).second) {
      errors->AddUnlessBroken(path + ".id", QuoteForError(constraint.id()) + " is here twice");
    }
    for (const ConstraintProblem& problem : CheckConstraint(constraint)) {
      errors->AddUnlessBroken(path + "." + problem.field, problem.what);
    }
    if (constraint.kind() == "judged" && IsBlank(constraint.text())) {
      errors->AddUnlessBroken(path + ".text", "must say what is required");
    }
  }
}

void CheckCriteria(const v1::Sample& sample, ConfigErrors* errors) {
  std::set<std::string> ids;
  for (int i = 0; i < std::min(sample.criteria_size(), kMaxItems); ++i) {
    const v1::Criterion& criterion = sample.criteria(i);
    const std::string path = Item("criteria", i);
    if (!criterion.id().empty() && !ids.insert(criterion.id()).second) {
      errors->AddUnlessBroken(path + ".id", QuoteForError(criterion.id()) + " is here twice");
    }
    if (IsBlank(criterion.text())) {
      errors->AddUnlessBroken(path + ".text", "must say what a grader looks for");
    }
    if (!std::isfinite(criterion.weight()) || criterion.weight() < 0) {
      errors->AddUnlessBroken(path + ".weight", "must be a number not below 0");
    }
    if (!std::isfinite(criterion.points())) {
      errors->AddUnlessBroken(path + ".points", "must be a finite number");
    }
    const bool scaled = criterion.scale_min() != 0 || criterion.scale_max() != 0;
    if (scaled && (criterion.scale_min() >= criterion.scale_max() ||
                   criterion.scale_min() < -1000 || criterion.scale_max() > 1000)) {
      errors->AddUnlessBroken(path + ".scale_min",
                              "must be less than scale_max, both from -1000 to 1000");
    }
  }
  for (const auto& [group, weight] : std::map<std::string, double>(sample.group_weights().begin(),
                                                                   sample.group_weights().end())) {
    if (std::isfinite(weight) && weight >= 0) continue;
    errors->AddUnlessBroken("group_weights",
                            "of " + QuoteForError(group) + " must be a number not below 0");
  }
}

void CheckReferences(const v1::Sample& sample, ConfigErrors* errors) {
  std::set<std::string> ids;
  for (int i = 0; i < std::min(sample.references_size(), kMaxItems); ++i) {
    const v1::Document& document = sample.references(i);
    const std::string path = Item("references", i);
    if (!IsSampleId(document.id())) {
      errors->AddUnlessBroken(path + ".id", "expected 1 to 128 of A-Z a-z 0-9 . _ : -, found " +
                                                QuoteForError(document.id()));
    } else if (!ids.insert(document.id()).second) {
      errors->AddUnlessBroken(path + ".id", QuoteForError(document.id()) + " is here twice");
    }
    if (IsBlank(document.text())) errors->AddUnlessBroken(path + ".text", "must not be blank");
    if (document.text().size() > kMaxDocumentBytes) {
      errors->AddUnlessBroken(path + ".text", "must be at most 1048576 bytes");
    }
  }
}

}  // namespace

bool IsSampleId(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == ':' ||
           c == '-';
  });
}

void CheckSample(const v1::Sample& sample, ConfigErrors* errors) {
  if (!IsSampleId(sample.id())) {
    errors->AddUnlessBroken("id", sample.id().empty()
                                      ? "is missing"
                                      : "expected 1 to 128 of A-Z a-z 0-9 . _ : -, found " +
                                            QuoteForError(sample.id()));
  }
  CheckPrompt(sample, errors);
  if (sample.required_words() < 0 || sample.required_words() > kMaxWords) {
    errors->AddUnlessBroken("required_words", "must be from 0 to 10000000, is " +
                                                  std::to_string(sample.required_words()));
  }
  const bool language = sample.language().size() <= 35 &&
                        std::all_of(sample.language().begin(), sample.language().end(), [](char c) {
                          return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
                        });
  if (!language) {
    errors->AddUnlessBroken("language", "expected a BCP 47 tag such as en or zh, found " +
                                            QuoteForError(sample.language()));
  }
  for (const auto& [list, size] :
       {std::pair<const char*, int>{"constraints", sample.constraints_size()},
        {"aspects", sample.aspects_size()},
        {"criteria", sample.criteria_size()},
        {"references", sample.references_size()}}) {
    if (size > kMaxItems) {
      errors->AddUnlessBroken(list, "at most 1000 items, are " + std::to_string(size));
    }
  }
  CheckConstraints(sample, errors);
  CheckCriteria(sample, errors);
  CheckReferences(sample, errors);
}

bool HoldsSpecialToken(const v1::Sample& sample) {
  constexpr std::array<std::string_view, 8> kTokens = {
      "</s>",          "<s>",        "<|im_start|>", "<|im_end|>",
      "<|endoftext|>", "<|eot_id|>", "[INST]",       "<bos>"};
  const auto holds = [&kTokens](std::string_view text) {
    return std::any_of(kTokens.begin(), kTokens.end(), [text](std::string_view token) {
      return text.find(token) != std::string_view::npos;
    });
  };
  return holds(sample.prompt()) || holds(sample.completion().prompt()) ||
         std::any_of(sample.messages().begin(), sample.messages().end(),
                     [&holds](const v1::Message& message) { return holds(message.content()); });
}

}  // namespace assay
