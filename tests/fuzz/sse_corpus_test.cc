// The fuzz target's corpus and seeded damage to it, so that every build runs some of the fuzzing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/fuzz/sse_input.h"

namespace assay {
namespace {

std::vector<std::string> Corpus() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/tests/fuzz/corpus/sse")) {
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

// What tends to matter in a stream.
const std::vector<std::string>& Fragments() {
  static const std::vector<std::string> fragments = {"\n\n",
                                                     "\r\n\r\n",
                                                     "\r",
                                                     "\n",
                                                     "data: ",
                                                     "data:",
                                                     "event: error\n",
                                                     "id: 1\n",
                                                     ": c\n\n",
                                                     "\xEF\xBB\xBF",
                                                     "[DONE]",
                                                     "data: [DONE]\n\n",
                                                     "{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     ",",
                                                     ":",
                                                     "\"",
                                                     "\\u",
                                                     "\\ud83d",
                                                     "\\ude00",
                                                     "\\",
                                                     "null",
                                                     "NaN",
                                                     "-1",
                                                     "1e999",
                                                     "\xFF",
                                                     "\xE4",
                                                     std::string(1, '\0'),
                                                     "\"finish_reason\":\"stop\"",
                                                     "\"content\":\"x\"",
                                                     "\"choices\":[]",
                                                     "\"error\":{\"code\":429}",
                                                     "<think>",
                                                     "</think>"};
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

TEST(SseCorpusTest, HoldsForEveryInput) {
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GE(corpus.size(), 20u);
  for (const std::string& input : corpus) CheckSseInput(input);
}

TEST(SseCorpusTest, HoldsForEveryPrefix) {
  for (const std::string& input : Corpus()) {
    for (std::size_t size = 0; size < input.size(); ++size) CheckSseInput(input.substr(0, size));
  }
}

TEST(SseCorpusTest, HoldsForSeededDamage) {
  const std::vector<std::string> corpus = Corpus();
  Random random(20240602);
  for (int round = 0; round < 100'000; ++round) {
    std::string input = corpus[random.Below(corpus.size())];
    for (std::uint64_t edits = 1 + random.Below(4); edits > 0; --edits) {
      Damage(input, corpus, random);
    }
    if (input.size() > 6000) input.resize(6000);
    CheckSseInput(input);
  }
}

}  // namespace
}  // namespace assay
