// Suites that a user gets wrong (reliability.md 5.2): refused with file, line and field, exit code
// 2, nothing left behind; and odd ones that are fine.
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/bad_input/assay_process.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kManifest[] = "name: mine\nversion: '1'\n";
constexpr char kGood[] = "{\"id\": \"a\", \"prompt\": \"Write about tea.\"}\n";

struct SuiteCase {
  std::string name;
  std::string samples;
  std::vector<std::string> parts;
  std::string manifest = kManifest;
};

std::vector<SuiteCase> SuiteCases() {
  const std::string good = kGood;
  return {
      {"empty", "", {"samples.jsonl", "no sample"}},
      {"blank_lines", "\n  \n\n", {"samples.jsonl", "no sample"}},
      {"utf16", std::string("\xff\xfe{\0\"\0", 6), {"samples.jsonl", "UTF-16"}},
      {"latin1",
       good + "{\"id\": \"b\", \"prompt\": \"caf\xe9\"}\n",
       {"samples.jsonl:2", "UTF-8", "byte"}},
      {"overlong",
       good + "{\"id\": \"b\", \"prompt\": \"\xc0\xaf\"}\n",
       {"samples.jsonl:2", "UTF-8"}},
      {"lone_surrogate", good + "{\"id\": \"b\", \"prompt\": \"\\ud83d\"}\n", {"samples.jsonl:2"}},
      {"nul", good + "{\"id\": \"b\", \"prompt\": \"a\\u0000b\"}\n", {"samples.jsonl:2", "U+0000"}},
      {"endless_line",
       good + "{\"id\": \"b\", \"prompt\": \"" + std::string(5 << 20, 'x') + "\"}\n",
       {"samples.jsonl:2", "4194304"}},
      {"duplicate_id", good + kGood, {"samples.jsonl:2", "'a'", "line 1"}},
      {"missing_id", good + "{\"prompt\": \"x\"}\n", {"samples.jsonl:2", "id"}},
      {"number_id", good + "{\"id\": 1, \"prompt\": \"x\"}\n", {"samples.jsonl:2", "id"}},
      {"truncated", good + "{\"id\": \"b\", \"prompt\": \"x", {"samples.jsonl:2"}},
      {"trailing_comma", good + "{\"id\": \"b\", \"prompt\": \"x\",}\n", {"samples.jsonl:2"}},
      {"single_quotes", good + "{'id': 'b'}\n", {"samples.jsonl:2"}},
      {"not_a_number",
       good + "{\"id\": \"b\", \"prompt\": \"x\", \"required_words\": NaN}\n",
       {"samples.jsonl:2"}},
      {"two_on_a_line",
       good + "{\"id\": \"b\", \"prompt\": \"x\"} {\"id\": \"c\"}\n",
       {"samples.jsonl:2"}},
      {"gzip_bytes", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00", 8), {"samples.jsonl", "gzip"}},
      {"id_with_path",
       good + "{\"id\": \"../x\", \"prompt\": \"x\"}\n",
       {"samples.jsonl:2", "id", "A-Z"}},
      {"prompt_blank",
       good + "{\"id\": \"b\", \"prompt\": \"  \\n\"}\n",
       {"samples.jsonl:2", "prompt", "blank"}},
      {"prompt_missing", good + "{\"id\": \"b\"}\n", {"samples.jsonl:2", "prompt"}},
      {"prompt_twice",
       good + "{\"id\": \"b\", \"prompt\": \"x\", \"messages\": [{\"role\": \"user\", \"content\": "
              "\"y\"}]}\n",
       {"samples.jsonl:2", "only one"}},
      {"unknown_field",
       good + "{\"id\": \"b\", \"prompt\": \"x\", \"require_words\": 5}\n",
       {"samples.jsonl:2", "require_words", "required_words"}},
      {"words_negative",
       good + "{\"id\": \"b\", \"prompt\": \"x\", \"required_words\": -5}\n",
       {"samples.jsonl:2", "required_words"}},
      {"role_unknown",
       good + "{\"id\": \"b\", \"messages\": [{\"role\": \"tool\", \"content\": \"x\"}]}\n",
       {"samples.jsonl:2", "messages[0].role", "user"}},
      {"image_part",
       good + "{\"id\": \"b\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": "
              "\"image_url\"}]}]}\n",
       {"samples.jsonl:2", "messages[0].content"}},
      {"constraint_unknown",
       good + "{\"id\": \"b\", \"prompt\": \"x\", \"constraints\": [{\"id\": \"c\", \"kind\": "
              "\"word_min\", \"text\": \"t\"}]}\n",
       {"samples.jsonl:2", "constraints[0]", "word_min"}},
      {"digest_differs",
       kGood,
       {"digest"},
       std::string(kManifest) + "samples_digest: sha256:" + std::string(64, '0') + "\n"},
      {"samples_outside",
       kGood,
       {"samples_file"},
       std::string(kManifest) + "samples_file: ../spec.yaml\n"},
      {"samples_missing",
       kGood,
       {"other.jsonl"},
       std::string(kManifest) + "samples_file: other.jsonl\n"},
      {"manifest_typo",
       kGood,
       {"suite.yaml:3", "licence", "license"},
       std::string(kManifest) + "licence: MIT\n"},
      {"manifest_empty", kGood, {"suite.yaml"}, ""},
  };
}

std::vector<std::string> RunMine() {
  return {"run",      "./mine", "--model", "openai/x", "--base-url", "http://127.0.0.1:9/v1",
          "--scorer", "length"};
}

class BadSuiteTest : public ::testing::TestWithParam<SuiteCase> {};

TEST_P(BadSuiteTest, IsRefusedWithItsPlaceAndLeavesNothing) {
  const SuiteCase& one = GetParam();
  Workspace workspace;
  workspace.Write("mine/suite.yaml", one.manifest);
  workspace.Write("mine/samples.jsonl", one.samples);
  const std::set<std::string> before = workspace.Entries();
  for (const auto& arguments : {RunMine(), std::vector<std::string>{"validate", "mine"}}) {
    const ProcessResult result = RunAssay(workspace, arguments);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    for (const std::string& part : one.parts) EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_LT(result.err.size(), 4000u);
    EXPECT_EQ(workspace.Entries(), before);
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, BadSuiteTest, ::testing::ValuesIn(SuiteCases()),
                         [](const ::testing::TestParamInfo<SuiteCase>& info) {
                           return info.param.name;
                         });

TEST(SuiteFileTest, ALinkOutOfTheFolderIsNotFollowed) {
  Workspace workspace;
  workspace.Write("secret.jsonl", kGood);
  workspace.Write("mine/suite.yaml", kManifest);
  ASSERT_EQ(::symlink("../secret.jsonl", (workspace.folder() + "/mine/samples.jsonl").c_str()), 0);
  const ProcessResult result = RunAssay(workspace, RunMine());
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("samples"));
}

TEST(SuiteFileTest, AFifoIsRefusedAndNotWaitedFor) {
  Workspace workspace;
  workspace.Write("mine/suite.yaml", kManifest);
  ASSERT_EQ(::mkfifo((workspace.folder() + "/mine/samples.jsonl").c_str(), 0600), 0);
  const ProcessResult result = RunAssay(workspace, RunMine(), {}, std::chrono::seconds(20));
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("samples.jsonl"));
}

TEST(SuiteFileTest, AFolderWithoutManifestSaysWhatIsMissing) {
  Workspace workspace;
  workspace.Write("mine/samples.jsonl", kGood);
  const ProcessResult result = RunAssay(workspace, {"validate", "mine"});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("suite.yaml"));
}

TEST(SuiteFileTest, MarkCarriageReturnsAndNoLastNewlineAreFineAndChangeNoDigest) {
  Workspace workspace;
  workspace.Write("plain/suite.yaml", kManifest);
  workspace.Write("plain/samples.jsonl", kGood + std::string("{\"id\":\"b\",\"prompt\":\"x\"}\n"));
  workspace.Write("odd/suite.yaml", kManifest);
  workspace.Write("odd/samples.jsonl",
                  "\xef\xbb\xbf{\"prompt\":\"Write about tea.\",\"id\":\"a\"}\r\n\r\n"
                  "{\"id\": \"b\", \"prompt\": \"x\"}");
  const ProcessResult plain = RunAssay(workspace, {"validate", "plain"});
  const ProcessResult odd = RunAssay(workspace, {"validate", "odd"});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_EQ(odd.exit_code, 0) << odd.err;
  EXPECT_EQ(plain.out.substr(plain.out.find("ok")), odd.out.substr(odd.out.find("ok")));
}

TEST(SuiteFileTest, EqualPromptsAndSpecialTokensAreWarnedAbout) {
  Workspace workspace;
  workspace.Write("mine/suite.yaml", kManifest);
  workspace.Write("mine/samples.jsonl",
                  "{\"id\":\"a\",\"prompt\":\"x <|im_start|>\"}\n"
                  "{\"id\":\"b\",\"prompt\":\"x <|im_start|>\"}\n");
  const ProcessResult result = RunAssay(workspace, {"validate", "mine"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("warning: "));
  EXPECT_THAT(result.err, HasSubstr("content of an earlier one"));
  EXPECT_THAT(result.err, HasSubstr("special tokens"));
}

TEST(SuiteFileTest, EveryMistakeOfAFileIsListedAtOnce) {
  Workspace workspace;
  workspace.Write("mine/suite.yaml", kManifest);
  workspace.Write("mine/samples.jsonl",
                  "{\"id\":\"a\"}\n{\"id\":\"b\",\"prompt\":\"x\",\"required_words\":-1}\n");
  const ProcessResult result = RunAssay(workspace, {"validate", "mine"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("samples.jsonl:1"));
  EXPECT_THAT(result.err, HasSubstr("samples.jsonl:2"));
}

}  // namespace
}  // namespace assay
