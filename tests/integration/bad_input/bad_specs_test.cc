// Specs and command lines that a user gets wrong (reliability.md 5.1): each is refused with the
// place and what was expected, exit code 2, and nothing is left behind.
#include <sys/stat.h>

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/bad_input/assay_process.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSpec[] =
    "suites:\n"
    "  - name: starter\n"
    "    limit: 1\n"
    "endpoints:\n"
    "  - id: gpu\n"
    "    base_url: http://127.0.0.1:9/v1\n"
    "models:\n"
    "  - model: writer\n"
    "scorers:\n"
    "  - length: {}\n";

struct SpecCase {
  std::string name;
  std::string spec;                // content of spec.yaml
  std::vector<std::string> parts;  // of the message
};

// kSpec with `from` replaced; the line that the change is in, counted from 1, is in the message.
std::string With(const std::string& from, const std::string& to) {
  std::string spec = kSpec;
  const std::size_t at = spec.find(from);
  if (at == std::string::npos) std::abort();
  return spec.replace(at, from.size(), to);
}

std::string Sampling(const std::string& text) {
  return With("model: writer\n", "model: writer\n    sampling: {" + text + "}\n");
}

std::vector<SpecCase> SpecCases() {
  return {
      {"empty", "", {"spec.yaml"}},
      {"only_comments", "# nothing\n", {"spec.yaml"}},
      {"json_array", "[1, 2]\n", {"spec.yaml:1"}},
      {"two_documents", std::string(kSpec) + "---\n" + kSpec, {"spec.yaml", "document"}},
      {"not_yaml", "suites: [unclosed\n", {"spec.yaml:"}},
      {"tabs", "suites:\n\t- name: starter\n", {"spec.yaml:2"}},
      {"too_large", "name: " + std::string(1 << 20, 'x') + "\n", {"spec.yaml", "1048576"}},
      {"too_deep",
       "name: " + std::string(200, '[') + std::string(200, ']') + "\n",
       {"spec.yaml", "64"}},
      {"far_too_deep", "name: " + std::string(10000, '[') + "\n", {"spec.yaml"}},
      {"typo",
       Sampling("max_token: 100"),
       {"spec.yaml:9", "models[0].sampling.max_token", "unknown field", "did you mean max_tokens"}},
      {"duplicate_key",
       With("model: writer\n", "model: writer\n    model: other\n"),
       {"spec.yaml:9", "model"}},
      {"max_tokens_zero",
       Sampling("max_tokens: 0"),
       {"spec.yaml:9", "models[0].sampling.max_tokens", "1"}},
      {"max_tokens_negative", Sampling("max_tokens: -1"), {"spec.yaml:9", "max_tokens"}},
      {"max_tokens_fraction",
       Sampling("max_tokens: 1.5"),
       {"spec.yaml:9", "max_tokens", "whole number"}},
      {"max_tokens_huge", Sampling("max_tokens: 1e9"), {"spec.yaml:9", "max_tokens"}},
      {"max_tokens_text", Sampling("max_tokens: \"4096\""), {"spec.yaml:9", "max_tokens"}},
      {"max_tokens_null", Sampling("max_tokens: null"), {"spec.yaml:9", "max_tokens"}},
      {"temperature_huge", Sampling("temperature: 1e308"), {"spec.yaml:9", "temperature", "2"}},
      {"temperature_negative", Sampling("temperature: -0.1"), {"spec.yaml:9", "temperature"}},
      {"temperature_infinite", Sampling("temperature: .inf"), {"spec.yaml:9", "temperature"}},
      {"seed_negative", Sampling("seed: -1"), {"spec.yaml:9", "seed"}},
      {"seed_overflows", Sampling("seed: 9223372036854775808"), {"spec.yaml:9", "seed"}},
      {"stop_empty", Sampling("stop: [\"\"]"), {"spec.yaml:9", "stop"}},
      {"stop_many", Sampling("stop: [a, b, c, d, e]"), {"spec.yaml:9", "stop", "4"}},
      {"extra_body_stream",
       Sampling("extra_body: {stream: false}"),
       {"spec.yaml:9", "extra_body", "stream"}},
      {"extra_body_n", Sampling("extra_body: {n: 5}"), {"spec.yaml:9", "extra_body"}},
      {"repeats_many", std::string(kSpec) + "repeats: 10000\n", {"spec.yaml:11", "repeats", "100"}},
      {"compat_unknown",
       std::string(kSpec) + "compat: lax\n",
       {"spec.yaml:11", "compat", "strict", "official"}},
      {"model_with_newline", With("model: writer", "model: \"a\\nb\""), {"spec.yaml:8", "model"}},
      {"model_with_markup", With("model: writer", "model: '\"><script>'"), {"spec.yaml:8"}},
      {"model_with_override",
       With("model: writer", "model: \"a\xe2\x80\xae\x62\""),
       {"spec.yaml:8", "model"}},
      {"model_endless",
       With("model: writer", "model: " + std::string(10000, 'm')),
       {"spec.yaml:8", "256"}},
      {"models_by_case",
       With("  - model: writer\n", "  - model: writer\n  - model: Writer\n"),
       {"spec.yaml:9", "models[0]"}},
      {"model_twice",
       With("  - model: writer\n", "  - model: writer\n  - model: writer\n"),
       {"spec.yaml:9"}},
      {"no_models", With("  - model: writer\n", "  []\n"), {"models", "at least one"}},
      {"no_suites", With("  - name: starter\n    limit: 1\n", "  []\n"), {"suites"}},
      {"unknown_suite", With("name: starter", "name: startre"), {"startre", "starter"}},
      {"limit_backwards", With("limit: 1", "limit: 20-10"), {"spec.yaml:3", "limit"}},
      {"limit_zero", With("limit: 1", "limit: 0"), {"spec.yaml:3", "limit"}},
      {"limit_beyond", With("limit: 1", "limit: 900-1000"), {"limit"}},
      {"url_without_scheme",
       With("http://127.0.0.1:9/v1", "127.0.0.1:9"),
       {"spec.yaml:6", "base_url", "http"}},
      {"url_with_password",
       With("http://127.0.0.1", "http://user:hunter2@127.0.0.1"),
       {"spec.yaml:6", "base_url"}},
      {"url_of_unset_variable",
       With("http://127.0.0.1:9/v1", "${NO_SUCH_URL}"),
       {"spec.yaml:6", "NO_SUCH_URL"}},
      {"key_in_spec",
       With("    base_url", "    api_key: sk-abcdefabcdefabcdefabcdef\n    base_url"),
       {"spec.yaml:6", "api_key"}},
      {"key_instead_of_variable",
       With("    base_url", "    api_key_env: sk-abcdefabcdefabcdefabcdef\n    base_url"),
       {"spec.yaml:6", "api_key_env", "environment variable"}},
      {"key_not_set",
       With("    base_url", "    api_key_env: NO_SUCH_KEY\n    base_url"),
       {"gpu", "NO_SUCH_KEY", "not set"}},
      {"unknown_endpoint",
       With("model: writer\n", "model: writer\n    endpoint: gpus\n"),
       {"spec.yaml:9", "gpus", "did you mean gpu"}},
      {"url_as_endpoint",
       With("model: writer\n", "model: writer\n    endpoint: http://h/v1\n"),
       {"spec.yaml:9", "endpoint", "not a URL"}},
      {"self_judge",
       std::string(kSpec) + "judges:\n  - model: writer\n",
       {"spec.yaml:12", "allow_self_judge"}},
      {"judge_missing", std::string(kSpec) + "  - rubric: {preset: general}\n", {"judge"}},
      {"unknown_preset",
       std::string(kSpec) + "  - rubric: {preset: generall}\njudges:\n  - model: j\n",
       {"generall", "general"}},
      {"template_without_response",
       std::string(kSpec) +
           "  - rubric: {preset: general, prompt: 'Rate $INST$.'}\njudges:\n  - model: j\n",
       {"prompt", "$RESPONSE$"}},
      {"prompt_file_missing",
       std::string(kSpec) +
           "  - rubric: {preset: general, prompt_file: judge.txt}\njudges:\n  - model: j\n",
       {"judge.txt"}},
      {"anchor", With("name: starter", "name: &s starter"), {"spec.yaml:2"}},
      {"invalid_utf8", With("model: writer", "model: wr\xffiter"), {"spec.yaml", "UTF-8"}},
      {"nul", With("model: writer", std::string("model: wr\0iter", 14)), {"spec.yaml"}},
  };
}

class BadSpecTest : public ::testing::TestWithParam<SpecCase> {};

TEST_P(BadSpecTest, IsRefusedWithItsPlaceAndLeavesNothing) {
  const SpecCase& one = GetParam();
  Workspace workspace;
  workspace.Write("spec.yaml", one.spec);
  const ProcessResult result = RunAssay(workspace, {"run", "spec.yaml"});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("assay run: "));
  for (const std::string& part : one.parts) EXPECT_THAT(result.err, HasSubstr(part));
  EXPECT_THAT(result.err, Not(HasSubstr("abcdefabcdef"))) << "a key is never shown";
  EXPECT_THAT(result.err, Not(HasSubstr("hunter2")));
  EXPECT_THAT(result.err, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_LT(result.err.size(), 4000u);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(workspace.Entries(), std::set<std::string>{"spec.yaml"});
}

INSTANTIATE_TEST_SUITE_P(Specs, BadSpecTest, ::testing::ValuesIn(SpecCases()),
                         [](const ::testing::TestParamInfo<SpecCase>& info) {
                           return info.param.name;
                         });

struct FlagCase {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<std::string> parts;
};

std::vector<std::string> Run(std::vector<std::string> more) {
  std::vector<std::string> arguments = {"run",      "starter",    "--model",
                                        "openai/x", "--base-url", "http://127.0.0.1:9/v1",
                                        "--scorer", "length"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<FlagCase> FlagCases() {
  return {
      {"no_verb", {}, {"assay --help"}},
      {"unknown_verb", {"rum"}, {"rum", "did you mean run"}},
      {"unknown_flag", Run({"--max-token", "5"}), {"--max-token"}},
      {"value_missing", {"run", "starter", "--model"}, {"--model"}},
      {"max_tokens", Run({"--max-tokens", "1.5"}), {"--max-tokens", "whole number"}},
      {"max_tokens_range", Run({"--max-tokens", "0"}), {"--max-tokens"}},
      {"temperature", Run({"--temperature", "warm"}), {"--temperature"}},
      {"seed", Run({"--seed", "-1"}), {"--seed"}},
      {"limit", Run({"--limit", "ten"}), {"--limit"}},
      {"repeats", Run({"--repeats", "0"}), {"--repeats"}},
      {"connections", Run({"-j", "0"}), {"--max-connections"}},
      {"url",
       {"run", "starter", "--model", "x", "--base-url", "localhost:8000", "--scorer", "length"},
       {"--base-url", "http"}},
      {"no_url", {"run", "starter", "--model", "openai/x"}, {"--base-url", "OPENAI_BASE_URL"}},
      {"no_model", {"run", "starter"}, {"--model"}},
      {"no_target", {"run"}, {"what to run?"}},
      {"no_judge",
       {"run", "starter", "--model", "x", "--base-url", "http://127.0.0.1:9/v1"},
       {"judge", "--judge openai/NAME"}},
      {"scorer", Run({"--scorer", "lenght"}), {"--scorer", "lenght", "length"}},
      {"set_typo", Run({"--set", "retry.infra_attempt=3"}), {"--set", "infra_attempts"}},
      {"set_shape", Run({"--set", "retry"}), {"--set", "KEY=VALUE"}},
      {"run_id", Run({"--run-id", "../x"}), {"--run-id", "../x"}},
      {"key_variable", Run({"--api-key-env", "NO_SUCH_KEY"}), {"NO_SUCH_KEY", "not set"}},
      {"spec_missing", {"run", "absent.yaml"}, {"absent.yaml"}},
      {"spec_is_folder", {"run", "folder.yaml"}, {"folder.yaml"}},
      {"spec_is_fifo", {"run", "fifo.yaml"}, {"fifo.yaml"}},
      {"suite_folder_missing",
       {"run", "no/such", "--model", "x", "--base-url", "http://h/v1"},
       {"no/such"}},
      {"resume_nothing", {"run", "--resume"}, {"--resume", "nothing to resume"}},
      {"resume_unknown", {"run", "--resume", "20200101-000000-none"}, {"20200101-000000-none"}},
      {"resume_changed", {"run", "--resume", "x", "--max-tokens", "5"}, {"--max-tokens"}},
      {"results_unknown", {"results", "nope"}, {"nope"}},
      {"results_path", {"results", "../../etc"}, {"../../etc"}},
      {"fsck_unknown", {"fsck", "nope"}, {"nope"}},
      {"rejudge_unknown", {"rejudge", "nope", "--scorer", "length"}, {"nope"}},
      {"delete_unknown", {"runs", "delete", "nope", "--yes"}, {"nope"}},
      {"import_unknown",
       {"import", "longbench-right", "--from", "."},
       {"longbench-right", "longbench-write"}},
      {"import_missing", {"import", "longbench-write", "--from", "absent"}, {"absent"}},
      {"validate_other", {"validate", "folder.yaml/note.txt"}, {"note.txt", "suite folder"}},
      {"simulate_port", {"simulate", "--port", "70000"}, {"--port"}},
      {"simulate_replay", {"simulate", "--replay", "absent"}, {"absent"}},
      {"simulate_faults", {"simulate", "--faults", "folder.yaml/note.txt"}, {"note.txt"}},
  };
}

class BadFlagTest : public ::testing::TestWithParam<FlagCase> {};

TEST_P(BadFlagTest, IsRefusedByNameAndLeavesNothing) {
  const FlagCase& one = GetParam();
  Workspace workspace;
  workspace.Write("folder.yaml/note.txt", "not a spec");
  ASSERT_EQ(::mkfifo((workspace.folder() + "/fifo.yaml").c_str(), 0600), 0);
  const std::set<std::string> before = workspace.Entries();
  const ProcessResult result = RunAssay(workspace, one.arguments);
  EXPECT_EQ(result.exit_code, 2) << result.err;
  for (const std::string& part : one.parts) EXPECT_THAT(result.err, HasSubstr(part));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(workspace.Entries(), before);
}

INSTANTIATE_TEST_SUITE_P(Flags, BadFlagTest, ::testing::ValuesIn(FlagCases()),
                         [](const ::testing::TestParamInfo<FlagCase>& info) {
                           return info.param.name;
                         });

}  // namespace
}  // namespace assay
