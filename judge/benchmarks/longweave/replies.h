// What the official scripts make of a judge's reply, to the last quirk (reference 3.3), and the
// stricter word of what a reply should have been. Pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace assay::longweave {

// CODE_FIXING: {"is_relevant_and_complete": bool}; nullopt: the script cannot tell, and takes it
// for true.
std::optional<bool> RelevanceOf(std::string_view reply);

// KG_TO_TEXT: one bool a sentence. `given` is how many the reply had: where it is not `count`, the
// script cut the list or filled it with false; 0: it could not read the reply.
struct CoverageReply {
  std::vector<bool> covered;  // `count` of them
  std::size_t given = 0;
};
CoverageReply CoverageOf(std::string_view reply, std::size_t count);

// SALES_REPORT_GENERATION: {"answered": bool, "correct": bool} a question; `given` counts the
// items of the reply that were of this form.
struct Answer {
  bool answered = false;
  bool correct = false;  // never without `answered`
};
struct AnswersReply {
  std::vector<Answer> answers;  // `count` of them
  std::size_t items = 0;        // of the reply's list
  std::size_t given = 0;        // of these, of the right form
};
AnswersReply AnswersOf(std::string_view reply, std::size_t count);

// AP_STYLE_WRITING: {"exists_in_article": ..., "follows_rules": ...} a statement, any value taken
// as Python takes it for true or false; nullopt: the script cannot read the reply, and the category
// gets 0. Items beyond the statements count too.
struct StyleReply {
  std::size_t items = 0;
  std::size_t found = 0;    // that exist
  std::size_t correct = 0;  // of these, that follow the rules
  bool booleans = true;     // every value that was looked at was true or false itself
};
std::optional<StyleReply> StyleOf(std::string_view reply);

}  // namespace assay::longweave
