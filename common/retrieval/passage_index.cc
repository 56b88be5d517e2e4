#include "common/retrieval/passage_index.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/base/check.h"
#include "common/text/segments.h"

namespace assay {
namespace {

// A claim has some twenty words; more alternatives find nothing better.
constexpr std::size_t kMaxQueryWords = 64;

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Statement Prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  ASSAY_CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK);
  return Statement(statement);
}

void Bind(sqlite3_stmt* statement, int index, std::string_view text) {
  ASSAY_CHECK(sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                                SQLITE_TRANSIENT) == SQLITE_OK);
}

// Passages of one document: windows of words, ended at a sentence where one ends in their last
// third.
std::vector<TextRange> PassagesOf(std::string_view text, const PassageOptions& options) {
  std::vector<TextRange> passages;
  const std::vector<TextRange> words = WordsOf(text);
  std::set<std::size_t> sentence_ends;
  for (const TextRange& sentence : SentencesOf(text)) sentence_ends.insert(sentence.end);
  const auto size = static_cast<std::size_t>(options.words);
  const auto overlap = static_cast<std::size_t>(options.overlap_words);
  for (std::size_t first = 0; first < words.size();) {
    std::size_t last = std::min(first + size, words.size()) - 1;
    std::size_t end = words[last].end;
    if (last + 1 == words.size()) {
      end = text.size();
    } else {
      const std::size_t earliest = words[first + (last - first) * 2 / 3].end;
      auto border = sentence_ends.upper_bound(words[last].end + 1);
      if (border != sentence_ends.begin() && *--border > earliest) {
        end = *border;
        while (last > first && words[last].end > end) --last;
      }
    }
    passages.push_back({first == 0 ? 0 : words[first].begin, end});
    if (last + 1 == words.size()) break;
    first = std::max(first + 1, last + 1 - std::min(overlap, last - first));
  }
  return passages;
}

// Words as alternatives, each a string of its own: no operator of the query language is left.
std::string MatchOf(std::string_view query) {
  std::string match;
  std::set<std::string> seen;
  const std::string segmented = SegmentedForSearch(query);
  for (std::size_t at = 0; at < segmented.size() && seen.size() < kMaxQueryWords;) {
    const std::size_t end = std::min(segmented.find(' ', at), segmented.size());
    const std::string word = segmented.substr(at, end - at);
    at = end + 1;
    if (word.find('"') != std::string::npos || word.find('\0') != std::string::npos) continue;
    if (!seen.insert(word).second) continue;
    match += (match.empty() ? "\"" : " OR \"") + word + "\"";
  }
  return match;
}

}  // namespace

struct PassageIndex::State {
  std::vector<SourceDocument> documents;
  std::vector<Passage> passages;
  Database db;
};

PassageIndex::PassageIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
PassageIndex::~PassageIndex() = default;

absl::StatusOr<std::unique_ptr<PassageIndex>> PassageIndex::Build(
    std::vector<SourceDocument> documents, const PassageOptions& options) {
  if (options.words < 32 || options.words > 512) {
    return InvalidArgument("passages of " + std::to_string(options.words) +
                           " words: expected 32 to 512");
  }
  if (options.overlap_words < 0 || options.overlap_words >= options.words) {
    return InvalidArgument("an overlap of " + std::to_string(options.overlap_words) +
                           " words: expected less than the passage");
  }
  auto state = std::make_unique<State>();
  state->documents = std::move(documents);
  sqlite3* opened = nullptr;
  ASSAY_CHECK(sqlite3_open(":memory:", &opened) == SQLITE_OK);
  state->db.reset(opened);
  // What ICU has segmented stands between blanks; the tokenizer has only to cut there and keep all
  // else as it is.
  ASSAY_CHECK(sqlite3_exec(opened,
                           "CREATE VIRTUAL TABLE p USING fts5(t, tokenize = \"unicode61 "
                           "remove_diacritics 0 categories 'L* M* N* Co S*'\"); BEGIN",
                           nullptr, nullptr, nullptr) == SQLITE_OK);
  const Statement insert = Prepare(opened, "INSERT INTO p(rowid, t) VALUES (?, ?)");
  for (int document = 0; document < static_cast<int>(state->documents.size()); ++document) {
    const SourceDocument& source = state->documents[static_cast<std::size_t>(document)];
    const std::string title = SegmentedForSearch(source.title);
    for (const TextRange& range : PassagesOf(source.text, options)) {
      state->passages.push_back({document, range, 0});
      const std::string_view words =
          std::string_view(source.text).substr(range.begin, range.end - range.begin);
      sqlite3_reset(insert.get());
      sqlite3_bind_int64(insert.get(), 1, static_cast<std::int64_t>(state->passages.size()));
      Bind(insert.get(), 2, title + " " + SegmentedForSearch(words));
      ASSAY_CHECK(sqlite3_step(insert.get()) == SQLITE_DONE);
    }
  }
  ASSAY_CHECK(sqlite3_exec(opened, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  return std::unique_ptr<PassageIndex>(new PassageIndex(std::move(state)));
}

std::vector<Passage> PassageIndex::Search(std::string_view query, int most) const {
  std::vector<Passage> found;
  const std::string match = MatchOf(query);
  if (match.empty() || most <= 0) return found;
  const Statement search =
      Prepare(state_->db.get(),
              "SELECT rowid, bm25(p) FROM p WHERE p MATCH ? ORDER BY bm25(p), rowid LIMIT ?");
  Bind(search.get(), 1, match);
  sqlite3_bind_int(search.get(), 2, most);
  while (sqlite3_step(search.get()) == SQLITE_ROW) {
    const auto row = static_cast<std::size_t>(sqlite3_column_int64(search.get(), 0));
    Passage passage = state_->passages[row - 1];
    passage.score = -sqlite3_column_double(search.get(), 1);  // SQLite's is better when lower
    found.push_back(passage);
  }
  return found;
}

const std::vector<SourceDocument>& PassageIndex::documents() const { return state_->documents; }
const std::vector<Passage>& PassageIndex::passages() const { return state_->passages; }

std::string_view PassageIndex::TextOf(const Passage& passage) const {
  const std::string& text = state_->documents[static_cast<std::size_t>(passage.document)].text;
  return std::string_view(text).substr(passage.range.begin,
                                       passage.range.end - passage.range.begin);
}

}  // namespace assay
