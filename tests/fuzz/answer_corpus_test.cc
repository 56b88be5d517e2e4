// The answer fuzz target's corpus and seeded damage to it, so that every build runs some of the
// fuzzing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/fuzz/answer_input.h"

namespace assay {
namespace {

std::vector<std::string> Corpus() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/tests/fuzz/corpus/answer")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// What tends to matter in an answer.
const std::vector<std::string>& Fragments() {
  static const std::vector<std::string> fragments = {"{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     ",",
                                                     ":",
                                                     "\"",
                                                     "\\",
                                                     "\\u0022",
                                                     "```",
                                                     "null",
                                                     "true",
                                                     "-1",
                                                     "1e999",
                                                     "18446744073709551615",
                                                     "\"id\":",
                                                     "\"c1\"",
                                                     "\"C1\"",
                                                     "\"c2\"",
                                                     "\"label\":",
                                                     "\"yes\"",
                                                     "\"**No**\"",
                                                     "\"nonce\"",
                                                     "\"answers\":[",
                                                     "\xFF",
                                                     "\xEF\xBB\xBF",
                                                     "\xE2\x80\x8B",
                                                     "\n",
                                                     "0123456789abcdef0123456789abcdef",
                                                     std::string(1, '\0')};
  return fragments;
}

void Damage(std::string& input, const std::vector<std::string>& corpus, Random& random) {
  const std::size_t at = random.Below(input.size() + 1);
  switch (random.Below(6)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(random.Below(256));
      break;
    case 1:
      input.erase(at, random.Below(20));
      break;
    case 2:
      input.insert(at, Fragments()[random.Below(Fragments().size())]);
      break;
    case 3:
      input.resize(at);
      break;
    case 4:
      input.insert(at, input.substr(random.Below(input.size() + 1), random.Below(100)));
      break;
    default: {
      const std::string& other = corpus[random.Below(corpus.size())];
      input = input.substr(0, at) + other.substr(random.Below(other.size() + 1));
    }
  }
}

TEST(AnswerCorpusTest, HoldsForEveryInputAndItsPrefixes) {
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GE(corpus.size(), 10u);
  for (const std::string& input : corpus) {
    for (std::size_t size = 0; size <= input.size(); ++size) {
      CheckAnswerInput(input.substr(0, size));
    }
  }
}

TEST(AnswerCorpusTest, HoldsForSeededDamage) {
  const std::vector<std::string> corpus = Corpus();
  Random random(20240917);
  for (int round = 0; round < 20'000; ++round) {
    std::string input = corpus[random.Below(corpus.size())];
    for (std::uint64_t edits = 1 + random.Below(4); edits > 0; --edits) {
      Damage(input, corpus, random);
    }
    if (input.size() > 4000) input.resize(4000);
    CheckAnswerInput(input);
  }
}

}  // namespace
}  // namespace assay
