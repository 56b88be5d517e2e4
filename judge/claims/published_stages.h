// The stages of factual coverage as the published pipelines ask, with the prompts of a user's copy:
// what is one question, how evidence is laid out, how a reply is read (published_claims.h,
// published_replies.h). References: claims-and-judges.md sections 2 and 3. Where the published code
// relies on models or data of its own (NLI, dense retrieval, web search, spaCy), docs/scorers.md
// says what stands there instead.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/retrieval/passage_index.h"
#include "judge/claims/claim_stages.h"
#include "judge/engine/ask_items.h"

namespace assay {

// All take a resolved scorer that AsksAsPublished. `inputs`, with that scorer as its first, and
// `budget` outlive what they make.

// Claims of `text`, which outlives it: of the response, or of a reference answer.
std::unique_ptr<ClaimSource> MakePublishedExtraction(const v1::UnitInputs& inputs,
                                                     std::string_view text, AskBudget& budget);

// Null: the pipeline asks no LLM for verdicts (ICAT). `index`: the sample's documents; not used by
// RAGChecker, whose evidence is the reference answer. InvalidArgument: what the prompts ask about
// is not in the sample.
absl::StatusOr<std::unique_ptr<ClaimChecker>> MakePublishedChecker(const v1::UnitInputs& inputs,
                                                                   const std::vector<Claim>& claims,
                                                                   const PassageIndex* index,
                                                                   AskBudget& budget);

// Null: the pipeline has no coverage. `claims`: those that may cover; `all_claims`: how many were
// extracted. ICAT asks about them; RAGChecker asks whether the response entails each aspect.
std::unique_ptr<AspectAligner> MakePublishedAligner(const v1::UnitInputs& inputs,
                                                    const std::vector<std::string>& aspects,
                                                    const std::vector<Claim>& claims,
                                                    std::size_t all_claims, AskBudget& budget);

// ICAT's subtopics of the sample's prompt. REQUIRES: the scorer has the prompt "aspects".
std::unique_ptr<AspectMaker> MakePublishedTopics(const v1::UnitInputs& inputs, AskBudget& budget);

// VeriScore's block of search results: "Search result 1\nTitle: ...\nLink: ...\nContent: ..." with
// a blank line between two.
struct SearchResult {
  std::string title;
  std::string link;
  std::string content;
};
std::string FormatSearchResults(const std::vector<SearchResult>& results);

// FActScore's sentences of a text: ICU's of each paragraph, where one of a single word, or one that
// begins with a lower-case letter, belongs to the one before.
std::vector<TextRange> FactScoreSentences(std::string_view text, std::string_view language);

}  // namespace assay
