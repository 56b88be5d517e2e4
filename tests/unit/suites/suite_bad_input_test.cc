// Bad suites (reliability.md 5.2): each message in full, since it is what the user sees.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include <ostream>
#include <string>

#include "common/base/status.h"
#include "suites/suite_loader.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {
namespace {

struct BadSamples {
  std::string samples;
  std::string message;  // after the folder
};

void PrintTo(const BadSamples& bad, std::ostream* out) { *out << bad.samples.substr(0, 100); }

std::string Problem(const std::string& manifest, const std::string& samples,
                    const SuiteLimits& limits = {}) {
  const TempFolder folder;
  folder.Write("suite.yaml", manifest);
  folder.Write("samples.jsonl", samples);
  const absl::StatusOr<LoadedSuite> loaded = LoadSuite(folder.path(), limits);
  if (loaded.ok()) return "accepted";
  std::string message(MessageOf(loaded.status()));
  const std::string prefix = folder.path() + "/";
  for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
    message.erase(at, prefix.size());
  }
  return message;
}

class BadSamplesTest : public testing::TestWithParam<BadSamples> {};

TEST_P(BadSamplesTest, AreRefusedWithLineAndField) {
  EXPECT_EQ(Problem("name: t\n", GetParam().samples), GetParam().message);
}

// A good line, so that bad ones are not the first.
const std::string kGood = "{\"id\":\"ok\",\"prompt\":\"p\"}\n";
const char kIdForm[] = "expected 1 to 128 of A-Z a-z 0-9 . _ : -, found ";

std::vector<BadSamples> Bytes() {
  return {
      {"", "samples.jsonl: there is no sample in it"},
      {"\n \n\r\n", "samples.jsonl: there is no sample in it"},
      {std::string("\xFF\xFE{\0\"\0", 6),
       "samples.jsonl: this is UTF-16 (byte 0); save the file as UTF-8"},
      {kGood + "{\"id\":\"a\",\"prompt\":\"caf\xE9\"}\n",
       "samples.jsonl:2:24: not valid UTF-8 (byte 48 of the file)"},
      {kGood + "{\"id\":\"a\",\"prompt\":\"\xC0\xAF\"}\n",
       "samples.jsonl:2:21: not valid UTF-8 (byte 45 of the file)"},
      {"{\"id\":\"a\",\"prompt\":\"\xED\xA0\xBD\"}\n",
       "samples.jsonl:1:21: not valid UTF-8 (byte 20 of the file)"},
      {"{\"id\":\"a\",\"prompt\":\"\\ud83d\"}\n",
       "samples.jsonl:1:27: not valid JSON: invalid string: surrogate U+D800..U+DBFF must be "
       "followed "
       "by U+DC00..U+DFFF"},
      {"{\"id\":\"a\",\"prompt\":\"\\u0000\"}\n",
       "samples.jsonl:1:20: U+0000 is not allowed in a text"},
      {std::string("{\"id\":\"a\",\"prompt\":\"\0\"}\n", 24), "samples.jsonl:1:21: a NUL byte"},
      {kGood + "{\"id\":\"a\",\"prompt\":\"p\"",
       "samples.jsonl:2:23: not valid JSON: unexpected end of input; expected '}'"},
      {"{\"id\":\"a\",\"prompt\":\"p\",}\n",
       "samples.jsonl:1:24: not valid JSON: unexpected '}'; expected string literal"},
      {"{'id':'a'}\n",
       "samples.jsonl:1:2: not valid JSON: invalid literal; expected string literal"},
      {"// c\n", "samples.jsonl:1:1: not valid JSON: invalid literal"},
      {"{\"id\":\"a\",\"prompt\":\"p\",\"required_words\":NaN}\n",
       "samples.jsonl:1:41: not valid JSON: invalid literal"},
      {"[1]\n", "samples.jsonl:1:1: expected a mapping, found a list"},
      {"{\"id\":\"a\",\"id\":\"b\",\"prompt\":\"p\"}\n",
       "samples.jsonl:1:11: key 'id' is here twice (first in line 1)"},
      {"\x1F\x8B\x08\x00", "samples.jsonl: this is a gzip file; its name must end in .gz"},
  };
}

std::vector<BadSamples> Fields() {
  const auto sample = [](const std::string& rest) { return "{\"id\":\"a\"," + rest + "}\n"; };
  const std::string at = "samples.jsonl:1:";
  return {
      {kGood + "\n" + kGood, "samples.jsonl:3:7: id: 'ok' is the id of line 1 already"},
      {"{\"prompt\":\"p\"}\n", at + "1: id: is missing"},
      {"{\"id\":1,\"prompt\":\"p\"}\n", at + "7: id: expected text, found '1'"},
      {"{\"id\":\"../x\",\"prompt\":\"p\"}\n", at + "7: id: " + kIdForm + "'../x'"},
      {"{\"id\":\"" + std::string(1000, 'i') + "\",\"prompt\":\"p\"}\n",
       at + "7: id: " + kIdForm + "'" + std::string(80, 'i') + "...'"},
      {sample("\"prompt\":\"\""), at + "20: prompt: must not be blank"},
      {sample("\"prompt\":\" \\n\""), at + "20: prompt: must not be blank"},
      {sample("\"category\":\"c\""), at + "1: needs a prompt (or messages, or completion)"},
      {sample("\"prompt\":\"p\",\"completion\":{\"prompt\":\"q\"}"),
       at + "1: only one of prompt, messages and completion may be given"},
      {sample("\"promt\":\"p\""), at + "1: needs a prompt (or messages, or completion)\n" + at +
                                      "11: promt: unknown field; did you mean prompt?"},
      {sample("\"messages\":[{\"role\":\"tool\",\"content\":\"c\"},{\"role\":\"user\",\"content\":"
              "\"c\"}]"),
       at + "31: messages[0].role: expected system, user or assistant, found 'tool'"},
      {sample("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]"),
       at + "48: messages[0].content: expected text, found a list"},
      {sample("\"messages\":[{\"role\":\"user\",\"content\":\"c\",\"tool_calls\":[]}]"),
       at + "52: messages[0].tool_calls: unknown field; expected one of role, content"},
      {sample("\"messages\":[{\"role\":\"assistant\",\"content\":\"c\"}]"),
       at + "22: messages: the last message must be the user's"},
      {sample("\"prompt\":\"p\",\"required_words\":-1"),
       at + "41: required_words: must be from 0 to 10000000, is -1"},
      {sample("\"prompt\":\"p\",\"required_words\":1.5"),
       at + "41: required_words: expected a whole number, found '1.5'"},
      {sample("\"prompt\":\"p\",\"required_words\":\"500\""),
       at + "41: required_words: expected a whole number, found text '500'"},
      {sample("\"prompt\":\"p\",\"language\":\"English (UK)\""),
       at + "35: language: expected a BCP 47 tag such as en or zh, found 'English (UK)'"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"word_min\"}]"),
       at + "47: constraints[0].kind: unknown kind 'word_min'; did you mean words_min?"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"regex\","
              "\"params\":{\"pattern\":\"(a\"}}]"),
       at + "75: constraints[0].params.pattern: not a regular expression: missing ): (a"},
      {sample(
           "\"prompt\":\"p\",\"constraints\":[{\"kind\":\"words_min\",\"params\":{\"count\":0}}]"),
       at + "77: constraints[0].params.count: expected a whole number from 1 to 10000000"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"words_min\"}]"),
       at + "39: constraints[0].params.count: is missing"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"must_contain\",\"params\":{\"text\":"
              "\"x\"}}]"),
       at + "71: constraints[0].params.texts: is missing\n" + at +
           "79: constraints[0].params.text: unknown parameter of must_contain; did you mean "
           "texts?"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"language\",\"params\":{\"text\":"
              "\"English\"}}]"),
       at + "75: constraints[0].params.text: expected a language that a program can tell: ar be bg "
            "de el en es fr hi it ja ko mk nl pt ru sr uk zh (with a region or not; judged can ask "
            "for others)"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"must_not_contain\",\"params\":{"
              "\"texts\":[\"a\",\"**\"]}}]"),
       at + "84: constraints[0].params.texts: '**' is only of marks that are left out of texts; "
            "regex can look for them"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"tables_range\",\"params\":{\"min\":2,"
              "\"max\":1}}]"),
       at + "86: constraints[0].params.max: must not be less than min"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"numbered\",\"params\":{\"label\":"
              "\"{n}\",\"from\":1,\"to\":1001}}]"),
       at + "96: constraints[0].params.to: makes more than 1000 labels"},
      {sample("\"prompt\":\"p\",\"constraints\":[{\"kind\":\"judged\"}]"),
       at + "39: constraints[0].text: must say what is required"},
      {sample("\"prompt\":\"p\",\"criteria\":[{\"id\":\"a\"}]"),
       at + "36: criteria[0].text: must say what a grader looks for"},
      {sample("\"prompt\":\"p\",\"references\":[{\"id\":\"r\",\"text\":\"\"}]"),
       at + "55: references[0].text: must not be blank"},
      {sample("\"prompt\":\"p\",\"references\":[{\"id\":\"r\",\"text\":\"t\"},{\"id\":\"r\","
              "\"text\":\"u\"}]"),
       at + "66: references[1].id: 'r' is here twice"},
      {"{\"id\":\"a b\",\"prompt\":\"p\"}\n{\"id\":\"c\"}\n",
       at + "7: id: " + kIdForm + "'a b'\n" +
           "samples.jsonl:2:1: needs a prompt (or messages, or completion)"},
  };
}

INSTANTIATE_TEST_SUITE_P(Bytes, BadSamplesTest, testing::ValuesIn(Bytes()));
INSTANTIATE_TEST_SUITE_P(Fields, BadSamplesTest, testing::ValuesIn(Fields()));

TEST(BadSamplesTest, ManyReferencesAreCapped) {
  std::string line = "{\"id\":\"a\",\"prompt\":\"p\",\"aspects\":[\"x\"";
  for (int i = 0; i < 1000; ++i) line += ",\"x\"";
  EXPECT_EQ(Problem("name: t\n", line + "]}\n"),
            "samples.jsonl:1:34: aspects: at most 1000 items, are 1001");
}

TEST(BadSamplesTest, LinesAndCountsAreCapped) {
  EXPECT_EQ(Problem("name: t\n", kGood + std::string(5 << 20, 'x')),
            "samples.jsonl:2: a line longer than 4194304 bytes");
  std::string two = kGood + "{\"id\":\"b\",\"prompt\":\"p\"}\n";
  EXPECT_EQ(Problem("name: t\n", two, {.max_samples = 1}), "samples.jsonl:2: more than 1 samples");
}

TEST(BadSamplesTest, AtMostTwentyProblemsAreListed) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "{\n";
  const std::string problem = Problem("name: t\n", lines);
  EXPECT_EQ(std::count(problem.begin(), problem.end(), '\n'), 19);
}

struct BadManifest {
  std::string manifest;
  std::string message;
};

void PrintTo(const BadManifest& bad, std::ostream* out) { *out << bad.manifest; }

class BadManifestTest : public testing::TestWithParam<BadManifest> {};

TEST_P(BadManifestTest, IsRefusedWithPlaceAndField) {
  EXPECT_EQ(Problem(GetParam().manifest, kGood), GetParam().message);
}

const BadManifest kBadManifests[] = {
    {"", "suite.yaml:1:1: the document is empty"},
    {"title: x\n", "suite.yaml:1:1: name: is missing"},
    {"name: a/b\n",
     "suite.yaml:1:7: name: must be of letters, digits, '-', '_' and '.', at most 64, is 'a/b'"},
    {"name: t\nsample_file: x\n",
     "suite.yaml:2:1: sample_file: unknown field; did you mean samples_file?"},
    {"name: t\nsamples_digest: abc\n",
     "suite.yaml:2:17: samples_digest: expected sha256: and 64 lower-case hex digits"},
    {"name: t\nsamples_file: ../x\n", "suite.yaml: samples_file: '../x' leads out of its folder"},
    {"name: t\nsamples_file: /etc/passwd\n",
     "suite.yaml: samples_file: '/etc/passwd' must be a relative path"},
    {"name: t\nsampling: {temperature: 9}\n",
     "suite.yaml:2:25: sampling.temperature: must be from 0 to 2, is 9"},
    {"name: t\nscorers: [{rubric: {}, judge: j}]\n",
     "suite.yaml:2:31: scorers[0].judge: a suite names no judge; the run spec does"},
    {"name: t\nscorers: [{length: {}}, {length: {}}]\n",
     "suite.yaml:2:25: scorers[1]: scorer 'length' is here twice"},
    {"name: t\nlength_buckets: [{label: a, max_words: 5}, {label: b, min_words: 3}]\n",
     "suite.yaml:2:44: length_buckets[1]: buckets must rise and not overlap; only the last may "
     "have "
     "no max_words"},
    {"name: t\nscorers: [{length: {}}]\nderived_metrics: [{name: m, mean_of: [length.S_l, x.y]}]\n",
     "suite.yaml:3:51: derived_metrics[0].mean_of[1]: expected <scorer id>.<metric> with a scorer "
     "of "
     "this suite, found 'x.y'"},
    {"name: t\nscorers: [{rubric: {preset: general, prompt_file: none.txt}}]\n",
     "suite.yaml: scorer rubric: rubric.prompt_file: none.txt: no such file"},
    {"name: t\nscorers: [{rubric: {prompt_file: ../judge.txt}}]\n",
     "suite.yaml: scorer rubric: rubric.prompt_file: '../judge.txt' leads out of its folder"},
};

INSTANTIATE_TEST_SUITE_P(All, BadManifestTest, testing::ValuesIn(kBadManifests));

TEST(BadSuiteFolderTest, SaysWhatASuiteIs) {
  const TempFolder folder;
  EXPECT_EQ(MessageOf(LoadSuite(folder.path()).status()),
            folder.path() + ": no suite there; a suite is a folder with a suite.yaml");
  const std::string file = folder.Write("x.yaml", "name: t\n");
  EXPECT_EQ(MessageOf(LoadSuite(file).status()),
            file + ": is a file; a suite is a folder with a suite.yaml");
}

TEST(BadSuiteFolderTest, LinksFifosAndDevicesAreRefusedWithoutBlocking) {
  const TempFolder folder;
  folder.Write("suite.yaml", "name: t\nsamples_file: s.jsonl\n");
  const std::string samples = folder.path() + "/s.jsonl";
  std::filesystem::create_symlink("/etc/hostname", samples);
  EXPECT_EQ(MessageOf(LoadSuite(folder.path()).status()),
            folder.path() +
                "/suite.yaml: samples_file: 's.jsonl' leads out of its folder through a "
                "symbolic link");
  std::filesystem::remove(samples);
  ASSERT_EQ(::mkfifo(samples.c_str(), 0600), 0);
  EXPECT_EQ(
      MessageOf(LoadSuite(folder.path()).status()),
      std::filesystem::canonical(samples).string() + ": is a FIFO, socket or device, not a file");
  std::filesystem::remove(samples);
  EXPECT_EQ(LoadSuite(folder.path()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay
