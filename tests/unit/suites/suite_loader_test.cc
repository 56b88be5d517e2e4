#include "suites/suite_loader.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {
namespace {

constexpr char kManifest[] = "name: tiny\n";

std::string Lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    lines += "{\"id\":\"s" + n + "\",\"prompt\":\"write " + n + "\"}\n";
  }
  return lines;
}

TEST(LoadSuiteTest, DigestIsThatOfTheCanonicalForm) {
  const TempFolder folder;
  folder.Write("suite.yaml", kManifest);
  folder.Write("samples.jsonl", "{\"prompt\":\"p\",\"id\":\"a\"}\n");
  const absl::StatusOr<LoadedSuite> loaded = LoadSuite(folder.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(SamplesDigest(loaded->suite), DigestOf("{\"id\":\"a\",\"prompt\":\"p\"}\n"));
  EXPECT_EQ(loaded->suite.digest(),
            DigestOf("{\"name\":\"tiny\"}\n{\"id\":\"a\",\"prompt\":\"p\"}\n"));
}

TEST(LoadSuiteTest, FormsOfTheSameContentHaveTheSameDigest) {
  const TempFolder a;
  a.Write("suite.yaml", "name: tiny\ntitle: T\n");
  a.Write("samples.jsonl",
          "{\"id\":\"a\",\"prompt\":\"\u00e9\"}\n{\"id\":\"b\",\"prompt\":\"p\"}\n");
  const TempFolder b;
  b.Write("suite.yaml", "# other form\ntitle: 'T'\nname: tiny\nsamples_file: s.jsonl\n");
  b.Write("s.jsonl",
          "\xEF\xBB\xBF{\"prompt\": \"\\u00e9\", \"id\": \"a\"}\r\n\r\n  "
          "{\"id\":\"b\",\"prompt\":\"p\"}");
  const absl::StatusOr<LoadedSuite> one = LoadSuite(a.path());
  const absl::StatusOr<LoadedSuite> other = LoadSuite(b.path());
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(one->suite.digest(), other->suite.digest());
}

TEST(LoadSuiteTest, EveryChangeChangesTheDigest) {
  const auto digest = [](const std::string& manifest, const std::string& samples) {
    const TempFolder folder;
    folder.Write("suite.yaml", manifest);
    folder.Write("samples.jsonl", samples);
    return LoadSuite(folder.path())->suite.digest();
  };
  const std::string base = digest(kManifest, Lines(2));
  EXPECT_NE(base, digest(kManifest, Lines(3)));
  EXPECT_NE(base, digest("name: tiny\nsampling: {temperature: 0}\n", Lines(2)));
  EXPECT_NE(base, digest("name: tiny\nscorers: [{length: {}}]\n", Lines(2)));
}

TEST(LoadSuiteTest, AStatedDigestIsChecked) {
  const TempFolder folder;
  folder.Write("samples.jsonl", Lines(2));
  folder.Write("suite.yaml", kManifest);
  const std::string digest = SamplesDigest(LoadSuite(folder.path())->suite);
  folder.Write("suite.yaml", kManifest + ("samples_digest: " + digest + "\n"));
  EXPECT_TRUE(LoadSuite(folder.path()).ok());
  folder.Write("samples.jsonl", Lines(3));
  const absl::Status status = LoadSuite(folder.path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(MessageOf(status).substr(0, folder.path().size() + 38),
            folder.path() + "/suite.yaml: samples_digest is sha256:");
}

TEST(LoadSuiteTest, ReadsEveryField) {
  const TempFolder folder;
  folder.Write("suite.yaml", R"(
name: full
sampling: {temperature: 0.5, max_tokens: 100}
scorers: [{length: {}}, {id: quality, rubric: {preset: general, prompt_file: judge.txt}}]
length_buckets: [{label: short, max_words: 100}, {label: long, min_words: 100}]
derived_metrics: [{name: mean, mean_of: [length.S_l, quality.S_q]}]
)");
  folder.Write("judge.txt", "Judge $INST$ and $RESPONSE$.\n");
  folder.Write(
      "samples.jsonl",
      R"({"id":"a","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],)"
      R"("required_words":500,"language":"zh","category":"c","aspects":["x"],)"
      R"("constraints":[{"id":"1","kind":"numbered","params":{"label":"Week {n}","from":1,"to":4}}],)"
      R"("references":[{"id":"r","title":"t","text":"x"}],"metadata":{"k":"v"}})"
      "\n"
      R"({"id":"b","completion":{"prompt":"Once","assistant_prefix":" upon"}})"
      "\n");
  const absl::StatusOr<LoadedSuite> loaded = LoadSuite(folder.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const v1::Suite& suite = loaded->suite;
  EXPECT_EQ(suite.samples_size(), 2);
  EXPECT_EQ(suite.samples(0).messages(1).content(), "u");
  EXPECT_EQ(suite.samples(0).constraints(0).params().fields().at("to").number_value(), 4);
  EXPECT_EQ(suite.samples(1).completion().assistant_prefix(), " upon");
  EXPECT_EQ(suite.manifest().scorers(1).rubric().prompt(), "Judge $INST$ and $RESPONSE$.\n");
  EXPECT_EQ(suite.manifest().scorers(1).rubric().prompt_file(), "");
}

TEST(LoadSuiteTest, WarnsOfTwinsSpecialTokensAndContradictions) {
  const TempFolder folder;
  folder.Write("suite.yaml", kManifest);
  folder.Write(
      "samples.jsonl",
      "{\"id\":\"a\",\"prompt\":\"<|im_start|>\"}\n{\"id\":\"b\",\"prompt\":\"<|im_start|>\"}\n"
      "{\"id\":\"c\",\"prompt\":\"p\",\"constraints\":["
      "{\"kind\":\"words_min\",\"params\":{\"count\":1000}},"
      "{\"kind\":\"words_max\",\"params\":{\"count\":10}}]}\n");
  const absl::StatusOr<LoadedSuite> loaded = LoadSuite(folder.path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::string file = folder.path() + "/samples.jsonl";
  EXPECT_EQ(loaded->warnings, (std::vector<std::string>{
                                  file + ":3: c: words_min is more than words_max",
                                  file + ": 1 samples have the content of an earlier one",
                                  file + ": 2 prompts hold special tokens of a chat template"}));
}

TEST(FindSuiteTest, LooksByPathThenAmongTheImportedThenBuiltIn) {
  const TempFolder home;
  home.Write("tiny/suite.yaml", kManifest);
  home.Write("tiny/samples.jsonl", Lines(2));
  home.Write(".starter.new/suite.yaml", kManifest);
  const SuiteLocations locations{.imported_folder = home.path(), .spec_folder = home.path()};
  v1::SuiteRef by_name;
  by_name.set_name("tiny");
  EXPECT_EQ(FindSuite(by_name, locations)->suite.samples_size(), 2);
  v1::SuiteRef by_path;
  by_path.set_path("tiny");
  EXPECT_EQ(FindSuite(by_path, locations)->suite.samples_size(), 2);
  v1::SuiteRef starter;
  starter.set_name("starter");
  EXPECT_TRUE(FindSuite(starter, locations).ok());
  EXPECT_EQ(SuiteNames(locations), (std::vector<std::string>{"starter", "tiny"}));
  starter.set_name("startr");
  EXPECT_EQ(
      MessageOf(FindSuite(starter, locations).status()),
      "there is no suite 'startr'; did you mean starter? (known: starter, tiny; `assay import` "
      "adds more, and a folder can be given as path)");
}

TEST(ApplyLimitTest, KeepsTheRangeAndTheDigest) {
  const TempFolder folder;
  folder.Write("suite.yaml", kManifest);
  folder.Write("samples.jsonl", Lines(20));
  v1::Suite suite = LoadSuite(folder.path())->suite;
  const std::string digest = suite.digest();
  ASSERT_TRUE(ApplyLimit("5-8", &suite).ok());
  EXPECT_EQ(suite.samples_size(), 3);
  EXPECT_EQ(suite.samples(0).id(), "s5");
  EXPECT_EQ(suite.samples(2).id(), "s7");
  EXPECT_EQ(suite.digest(), digest);
  EXPECT_EQ(MessageOf(ApplyLimit("9-12", &suite)),
            "tiny: limit: the range '9-12' begins after the last of 3 samples");
}

}  // namespace
}  // namespace assay
