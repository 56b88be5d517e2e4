// PassageIndex: the passages of a sample's reference documents, found by their words. BM25 of
// SQLite FTS5 in memory, over text segmented by ICU, so that Chinese is found too. Immutable after
// Build; not thread-safe (one SQLite connection).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/text/words.h"

namespace assay {

struct SourceDocument {
  std::string id;
  std::string title;
  std::string text;
};

struct PassageOptions {
  int words = 192;  // of a passage, 32..512; cut at a sentence where one ends in its last third
  int overlap_words = 48;  // shared by neighbours, less than words
};

struct Passage {
  int document = 0;  // index into the documents
  TextRange range;   // bytes of the document's text
  double score = 0;  // BM25, higher is better; of a search
};

class PassageIndex {
 public:
  // InvalidArgument: options out of range.
  static absl::StatusOr<std::unique_ptr<PassageIndex>> Build(std::vector<SourceDocument> documents,
                                                             const PassageOptions& options);
  ~PassageIndex();

  // The best passages, best first, ties in order of document and place; the words of a query are
  // alternatives (OR), stop words of English weigh little by BM25 itself. Never an error for any
  // query text; none when no word of it occurs. The document's title counts as its words.
  std::vector<Passage> Search(std::string_view query, int most) const;

  const std::vector<SourceDocument>& documents() const;
  const std::vector<Passage>& passages() const;  // all, in order
  std::string_view TextOf(const Passage& passage) const;

 private:
  struct State;
  explicit PassageIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace assay
