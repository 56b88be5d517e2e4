#include "judge/rubric_presets.h"

#include "absl/strings/str_cat.h"

namespace assay {
namespace {

struct Dimension {
  const char* name;
  const char* description;
};

// The reply's keys, exactly. What they mean is in the benchmark's prompt.
constexpr Dimension kLongBenchWrite[] = {{"Relevance", ""},         {"Accuracy", ""},
                                         {"Coherence", ""},         {"Clarity", ""},
                                         {"Breadth and Depth", ""}, {"Reading Experience", ""}};

// Named so that "analysis" sorts before all of them: structured output is written in key order, and
// a judge should reason before it scores.
constexpr Dimension kGeneral[] = {
    {"coherence",
     "The parts follow from one another; nothing contradicts what was said before; the order "
     "serves "
     "the reader from the first section to the last."},
    {"content",
     "What is said is specific, correct as far as you can tell, and worth reading; no filler, no "
     "invented facts presented as real."},
    {"depth",
     "Every part that matters is worked out with detail, examples or argument; the last third is "
     "as "
     "careful as the first."},
    {"instruction_following",
     "Everything the request asks for is there, in the form it asks for, and nothing it rules "
     "out."},
    {"language",
     "Sentences are clear, correct and varied; tone and vocabulary suit the kind of text and its "
     "readers."},
    {"originality",
     "The text does not repeat itself, neither sentences nor ideas, and does not lean on stock "
     "phrases."}};

template <std::size_t N>
void AddDimensions(const Dimension (&dimensions)[N], v1::RubricScorer& rubric) {
  for (const Dimension& dimension : dimensions) {
    v1::RubricDimension* added = rubric.add_dimensions();
    added->set_name(dimension.name);
    added->set_description(dimension.description);
  }
}

v1::RubricScorer Common() {
  v1::RubricScorer rubric;
  rubric.set_instruction_placeholder("$INST$");
  rubric.set_response_placeholder("$RESPONSE$");
  rubric.set_scale_min(1);
  rubric.set_scale_max(5);
  return rubric;
}

v1::RubricScorer LongBenchWrite() {
  v1::RubricScorer rubric = Common();
  AddDimensions(kLongBenchWrite, rubric);
  rubric.mutable_sampling()->set_temperature(0.5);
  rubric.mutable_sampling()->set_max_tokens(1024);
  rubric.set_max_tries(5);
  rubric.set_json_schema(false);
  return rubric;
}

v1::RubricScorer General() {
  v1::RubricScorer rubric = Common();
  AddDimensions(kGeneral, rubric);
  rubric.mutable_sampling()->set_temperature(0);
  rubric.mutable_sampling()->set_max_tokens(2048);
  rubric.set_max_tries(3);
  rubric.set_json_schema(true);
  return rubric;
}

}  // namespace

std::vector<std::string> RubricPresetNames() { return {"general", "longbench-write"}; }

std::optional<v1::RubricScorer> RubricPreset(std::string_view name) {
  if (name == "general") return General();
  if (name == "longbench-write") return LongBenchWrite();
  return std::nullopt;
}

std::string PromptSource(std::string_view preset) {
  return preset == "longbench-write" ? "evaluation/judge.txt of the LongWriter repository" : "";
}

std::string GeneralPrompt(const v1::RubricScorer& rubric) {
  std::string prompt = absl::StrCat(
      "You review long texts for a publisher. Below are a writer's assignment and the text that "
      "came back. Judge the text on its own merits, as a demanding but fair editor would.\n\n"
      "Give one integer from ",
      rubric.scale_min(), " to ", rubric.scale_max(), " for each of these dimensions, where ",
      rubric.scale_min(), " is unusable and ", rubric.scale_max(),
      " could be published as it stands. Judge each dimension independently of the others:\n\n");
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    absl::StrAppend(&prompt, "- ", dimension.name());
    if (!dimension.description().empty()) absl::StrAppend(&prompt, ": ", dimension.description());
    absl::StrAppend(&prompt, "\n");
  }
  absl::StrAppend(
      &prompt,
      "\nLength is measured elsewhere: do not reward or punish it as such. Text that is "
      "missing, breaks off or repeats does count against the dimensions it harms.\n\n"
      "ASSIGNMENT\n\n",
      rubric.instruction_placeholder(), "\n\nEND OF ASSIGNMENT\n\nTEXT TO JUDGE\n\n",
      rubric.response_placeholder(),
      "\n\nEND OF TEXT TO JUDGE\n\n"
      "Reply with one JSON object and nothing else. Its first key is \"analysis\": two to "
      "five sentences on what decides your scores, naming places in the text. Then one "
      "key for each dimension, spelled as above, with the integer as its value:\n"
      "{\"analysis\": \"...\"");
  for (const v1::RubricDimension& dimension : rubric.dimensions()) {
    absl::StrAppend(&prompt, ", \"", dimension.name(), "\": ...");
  }
  return absl::StrCat(prompt, "}\n");
}

}  // namespace assay
