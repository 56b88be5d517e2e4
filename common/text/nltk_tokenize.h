// nltk.word_tokenize (NLTK 3.8, English): Punkt sentences (Kiss and Strunk 2006), then the word
// rules of NLTKWordTokenizer; reference longwriter-hellobench-writingbench.md section 2.5. The
// parameters of Punkt are data of the user's. Thread-safe once made; time grows linearly with the
// text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace assay {

// What Punkt learnt of a language.
class PunktModel {
 public:
  // One line an entry, fields between tabs: "abbrev TYPE", "collocation TYPE TYPE", "starter TYPE",
  // "ortho TYPE FLAGS" (flags: bits of the reference's step 4). InvalidArgument names the line.
  static absl::StatusOr<PunktModel> Parse(std::string_view lines);

  bool IsAbbreviation(const std::string& type) const { return abbreviations_.contains(type); }
  bool IsStarter(const std::string& type) const { return starters_.contains(type); }
  bool IsCollocation(const std::string& first, const std::string& second) const {
    return collocation_heads_.contains(first) && collocations_.contains(first + '\t' + second);
  }
  // 0 for a type that was never seen.
  std::uint32_t OrthoContext(const std::string& type) const {
    const auto found = ortho_.find(type);
    return found == ortho_.end() ? 0 : found->second;
  }

 private:
  absl::flat_hash_set<std::string> abbreviations_;
  absl::flat_hash_set<std::string> starters_;
  absl::flat_hash_set<std::string> collocations_;
  absl::flat_hash_set<std::string> collocation_heads_;  // their first types
  absl::flat_hash_map<std::string, std::uint32_t> ortho_;
};

// The lines that PunktModel::Parse takes, of the four tables that NLTK's data is written in: one
// type a line; type, tab, type; one type a line; type, tab, flags.
std::string PackPunktTables(std::string_view abbreviations, std::string_view collocations,
                            std::string_view starters, std::string_view ortho_contexts);

// sent_tokenize: the sentences, as NLTK cuts them. `text` is UTF-8; an invalid byte is U+FFFD.
std::vector<std::string> NltkSentences(const PunktModel& model, std::string_view text);

// word_tokenize, token by token. The views are good during the call.
void ForEachNltkToken(const PunktModel& model, std::string_view text,
                      absl::FunctionRef<void(std::string_view)> each);
std::vector<std::string> NltkTokens(const PunktModel& model, std::string_view text);

// len(word_tokenize(text)), without the tokens.
std::size_t CountNltkTokens(const PunktModel& model, std::string_view text);

}  // namespace assay
