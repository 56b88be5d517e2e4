#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/base/status.h"
#include "suites/benchmarks.h"
#include "suites/suite_loader.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {
namespace {

constexpr char kAll[] =
    "{\"prompt\": \"Write a note of 100 words.\", \"type\": \"News\", \"length\": 100}\n"
    "{\"prompt\": \"\u5199\u4e00\u7bc7\u516c\u6587\uff0c\u4e0d\u5c11\u4e8e20000\u5b57\", \"type\": "
    "\"Work\", \"length\": 20000}\n"
    "{\"prompt\": \"Write a note of 100 words.\", \"type\": \"News\", \"length\": 100}\n"
    "{\"prompt\": \"A  prompt\\twith\\nspaces \", \"type\": \"News\", \"length\": 900, \"x\": 1}\n";
constexpr char kEnglish[] =
    "{\"prompt\": \"A  prompt\\twith\\nspaces \", \"type\": \"News\", \"length\": 900}\n"
    "{\"prompt\": \"Write a note of 100 words.\", \"type\": \"News\", \"length\": 100}\n"
    "{\"prompt\": \"Write a note of 100 words.\", \"type\": \"News\", \"length\": 100}\n";
constexpr char kJudge[] = "Judge this: $INST$\nText: $RESPONSE$\n";

class LongBenchWriteImportTest : public testing::Test {
 protected:
  LongBenchWriteImportTest() {
    from_.Write("evaluation/longbench_write.jsonl", kAll);
    from_.Write("evaluation/longbench_write_en.jsonl", kEnglish);
    from_.Write("evaluation/judge.txt", kJudge);
  }

  absl::StatusOr<std::vector<ImportedSuite>> Import(bool replace = false) {
    return ImportBenchmark("longbench-write", {from_.path(), to_.path(), replace});
  }

  std::string Problem() {
    const auto imported = Import();
    if (imported.ok()) return "accepted";
    EXPECT_TRUE(std::filesystem::is_empty(to_.path()));
    std::string message(MessageOf(imported.status()));
    const std::string prefix = from_.path() + "/evaluation/";
    for (std::size_t at = message.find(prefix); at != std::string::npos;
         at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  TempFolder from_;
  TempFolder to_;
};

constexpr char kAgain[] =
    "; take the file again from https://github.com/THUDM/LongWriter (folder evaluation)";

TEST_F(LongBenchWriteImportTest, MakesBothSuites) {
  const auto imported = Import();
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 2u);
  EXPECT_EQ((*imported)[0].name, "longbench-write");
  EXPECT_EQ((*imported)[0].samples, 4);
  EXPECT_EQ((*imported)[1].name, "longbench-write-en");
  EXPECT_EQ((*imported)[1].samples, 3);

  const absl::StatusOr<LoadedSuite> loaded = LoadSuite((*imported)[0].folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const v1::Suite& suite = loaded->suite;
  EXPECT_EQ(suite.digest(), (*imported)[0].digest);
  EXPECT_EQ(suite.samples(0).id(), "lbw-001");
  EXPECT_EQ(suite.samples(0).language(), "en");
  EXPECT_EQ(suite.samples(0).category(), "News");
  EXPECT_EQ(suite.samples(1).language(), "zh");
  EXPECT_EQ(suite.samples(1).required_words(), 20000);
  EXPECT_EQ(suite.samples(3).prompt(), "A  prompt\twith\nspaces ");
  EXPECT_EQ(suite.manifest().scorers(1).rubric().prompt(), kJudge);
  EXPECT_EQ(suite.manifest().scorers(1).rubric().preset(), "longbench-write");
  EXPECT_DOUBLE_EQ(suite.manifest().sampling().temperature(), 0.5);
  EXPECT_EQ(suite.manifest().sampling().max_tokens(), 32768);
  EXPECT_EQ(suite.manifest().sampling().seed(), 42);
  EXPECT_EQ(suite.manifest().length_buckets(3).min_words(), 4000);
  EXPECT_EQ(suite.manifest().length_buckets(3).max_words(), 0);
  EXPECT_EQ(suite.manifest().derived_metrics(0).name(), "S_bar");
}

TEST_F(LongBenchWriteImportTest, EnglishSamplesKeepTheirIds) {
  const auto imported = Import();
  ASSERT_TRUE(imported.ok()) << imported.status();
  const v1::Suite suite = LoadSuite((*imported)[1].folder)->suite;
  EXPECT_EQ(suite.samples(0).id(), "lbw-004");
  EXPECT_EQ(suite.samples(1).id(), "lbw-001");
  EXPECT_EQ(suite.samples(2).id(), "lbw-003");
}

TEST_F(LongBenchWriteImportTest, TheEvaluationFolderItselfAndGzipWork) {
  const auto plain = Import();
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT((*plain)[0].note, testing::HasSubstr("judge.txt: not the published text (cut off, "));
  const TempFolder other;
  const TempFolder to;
  other.Write("judge.txt", kJudge);
  for (const auto& [name, content] : {std::pair<std::string, const char*>{"longbench_write", kAll},
                                      {"longbench_write_en", kEnglish}}) {
    const gzFile file = gzopen((other.path() + "/" + name + ".jsonl.gz").c_str(), "wb");
    gzputs(file, content);
    gzclose(file);
  }
  const auto imported = ImportBenchmark("longbench-write", {other.path(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ((*imported)[0].digest, (*plain)[0].digest);
  EXPECT_EQ((*imported)[1].digest, (*plain)[1].digest);
}

TEST_F(LongBenchWriteImportTest, ReplacesOnlyWhenAsked) {
  ASSERT_TRUE(Import().ok());
  const auto again = Import();
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(MessageOf(again.status()), to_.path() + "/longbench-write: is there already");
  EXPECT_TRUE(Import(/*replace=*/true).ok());
  EXPECT_EQ(SuiteNames({.imported_folder = to_.path(), .spec_folder = ""}),
            (std::vector<std::string>{"longbench-write", "longbench-write-en", "starter"}));
}

TEST_F(LongBenchWriteImportTest, SaysWhatIsWrongAndWhatToDo) {
  const auto with = [this](const std::string& line) {
    from_.Write("evaluation/longbench_write.jsonl", kAll + line);
    return Problem();
  };
  EXPECT_EQ(with("{\"prompt\":\"p\",\"type\":\"t\"}\n"),
            std::string("longbench_write.jsonl:5:1: length: is missing, expected a whole number") +
                kAgain);
  EXPECT_EQ(with("{\"prompt\":\"p\",\"type\":\"t\",\"length\":\"100\"}\n"),
            std::string("longbench_write.jsonl:5:35: length: expected a whole number from 1 to "
                        "1000000, found '100'") +
                kAgain);
  EXPECT_EQ(with("{\"prompt\":\"\",\"type\":\"t\",\"length\":0}\n"),
            std::string(
                "longbench_write.jsonl:5:11: prompt: expected a text that is not blank, found ''") +
                kAgain +
                "\nlongbench_write.jsonl:5:34: length: expected a whole number from 1 to 1000000, "
                "found '0'" +
                kAgain);
  EXPECT_EQ(
      with("{\"prompt\":\"p\n"),
      std::string("longbench_write.jsonl:5:13: not valid JSON: invalid string: missing closing "
                  "quote") +
          kAgain);
  EXPECT_EQ(with("[]\n"), std::string("longbench_write.jsonl:5:1: expected an object") + kAgain);
  from_.Write("evaluation/longbench_write.jsonl", kAll);
  from_.Write("agentwrite/prompts/plan.txt", "Plan $INST$");
  from_.Write("agentwrite/prompts/write.txt", "$INST$ $PLAN$ $TEXT$");
  EXPECT_THAT(Problem(), testing::HasSubstr("write.txt: has no $STEP$" + std::string(kAgain)));
  from_.Write("agentwrite/prompts/plan.txt", "");
  EXPECT_THAT(Problem(), testing::HasSubstr("plan.txt: has no $INST$" + std::string(kAgain)));
  std::filesystem::remove_all(from_.path() + "/agentwrite");
  from_.Write("evaluation/judge.txt", "no placeholders");
  EXPECT_EQ(Problem(), std::string("judge.txt: has no $INST$") + kAgain);
  from_.Write("evaluation/judge.txt", kJudge);
  from_.Write("evaluation/longbench_write_en.jsonl",
              "{\"prompt\":\"other\",\"type\":\"t\",\"length\":5}\n");
  EXPECT_EQ(Problem(), std::string("longbench_write_en.jsonl: row 1 is not in "
                                   "longbench_write.jsonl") +
                           kAgain);
  std::filesystem::remove(from_.path() + "/evaluation/longbench_write_en.jsonl");
  EXPECT_EQ(Problem(), std::string("longbench_write_en.jsonl: is missing") + kAgain);
  const auto nothing = ImportBenchmark("longbench-write", {to_.path(), to_.path(), false});
  EXPECT_EQ(nothing.status().code(), absl::StatusCode::kNotFound);
}

TEST(ImportBenchmarkTest, ListsTheBenchmarks) {
  EXPECT_THAT(MessageOf(ImportBenchmark("longbenchwrite", {}).status()),
              testing::AllOf(testing::HasSubstr("there is no benchmark 'longbenchwrite'; did you "
                                                "mean longbench-write? (known: "),
                             testing::HasSubstr("assay benchmarks says more")));
}

TEST(LongBenchWriteRealDataTest, TheBenchmarksOwnFiles) {
  const std::string from = std::string(ASSAY_SOURCE_DIR) + "/../shared/data/longwriter";
  if (!std::filesystem::exists(from + "/evaluation/longbench_write.jsonl")) {
    GTEST_SKIP() << "no copy of LongBench-Write at " << from;
  }
  const TempFolder to;
  const auto imported = ImportBenchmark("longbench-write", {from, to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ((*imported)[0].samples, 120);
  EXPECT_EQ((*imported)[1].samples, 60);
  const v1::Suite all = LoadSuite((*imported)[0].folder)->suite;
  const v1::Suite english = LoadSuite((*imported)[1].folder)->suite;
  std::map<std::string, int> languages;
  std::vector<int> buckets(4);
  for (const v1::Sample& sample : all.samples()) {
    ++languages[sample.language()];
    for (int i = 0; i < 4; ++i) {
      const v1::LengthBucket& bucket = all.manifest().length_buckets(i);
      const bool below = bucket.max_words() == 0 || sample.required_words() < bucket.max_words();
      if (sample.required_words() >= bucket.min_words() && below) {
        ++buckets[static_cast<std::size_t>(i)];
      }
    }
  }
  // reference/longwriter-hellobench-writingbench.md 1.1
  EXPECT_EQ(languages["zh"], 61);
  EXPECT_EQ(languages["en"], 59);
  EXPECT_EQ(buckets, (std::vector<int>{26, 36, 31, 27}));
  std::map<std::string, std::string> prompts;
  for (const v1::Sample& sample : all.samples()) prompts[sample.id()] = sample.prompt();
  for (const v1::Sample& sample : english.samples()) {
    EXPECT_EQ(prompts.at(sample.id()), sample.prompt());
  }
  EXPECT_EQ(all.manifest().scorers(1).rubric().prompt(),
            TempFolder::Read(from + "/evaluation/judge.txt"));
  EXPECT_EQ((*imported)[0].note, "");
}

}  // namespace
}  // namespace assay
