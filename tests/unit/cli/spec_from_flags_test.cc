#include "cli/spec_from_flags.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/run_spec.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Variables = std::map<std::string, std::string>;

EnvironmentLookup From(Variables variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

absl::StatusOr<std::vector<v1::ScorerSpec>> NoSuiteScorers(const v1::SuiteRef&) {
  return std::vector<v1::ScorerSpec>();
}

absl::StatusOr<SpecRequest> Make(const SpecFlags& flags, Variables variables = {}) {
  return MakeSpec(flags, From(std::move(variables)), NoSuiteScorers);
}

std::string MessageFrom(const SpecFlags& flags, Variables variables = {}) {
  const auto made = Make(flags, std::move(variables));
  EXPECT_FALSE(made.ok());
  return made.ok() ? "" : std::string(MessageOf(made.status()));
}

SpecFlags Minimal() {
  SpecFlags flags;
  flags.target = "starter";
  flags.models = {"openai/Qwen/Qwen3-8B"};
  flags.base_url = "http://127.0.0.1:8000/v1";
  return flags;
}

class SpecFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "assay_spec_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

constexpr char kSpec[] =
    "suites:\n"
    "  - name: starter\n"
    "endpoints:\n"
    "  - id: gpu\n"
    "    base_url: http://127.0.0.1:8000/v1\n"
    "models:\n"
    "  - id: a\n"
    "    model: model-a\n"
    "  - id: b\n"
    "    model: model-b\n";

TEST(MakeSpecTest, FlagsAlone) {
  SpecFlags flags = Minimal();
  flags.judges = {"openai/judge"};
  flags.values = {{"--limit", "10"},      {"--temperature", "0.5"}, {"--max-tokens", "4096"},
                  {"--repeats", "2"},     {"--compat", "official"}, {"--max-connections", "7"},
                  {"--timeout", "900.5"}, {"--seed", "42"}};
  flags.no_stream = true;
  const auto made = Make(flags, {{"OPENAI_API_KEY", "k"}});
  ASSERT_TRUE(made.ok()) << made.status();
  const v1::RunSpec& spec = made->spec;
  EXPECT_EQ(spec.suites(0).name(), "starter");
  EXPECT_EQ(spec.suites(0).limit(), "10");
  ASSERT_EQ(spec.models_size(), 1);
  EXPECT_EQ(spec.models(0).model(), "Qwen/Qwen3-8B");
  EXPECT_EQ(spec.models(0).sampling().temperature(), 0.5);
  EXPECT_EQ(spec.models(0).sampling().max_tokens(), 4096);
  EXPECT_EQ(spec.models(0).sampling().seed(), 42);
  EXPECT_FALSE(spec.models(0).sampling().has_top_p());
  ASSERT_EQ(spec.endpoints_size(), 1);
  EXPECT_EQ(spec.endpoints(0).base_url(), "http://127.0.0.1:8000/v1");
  EXPECT_EQ(spec.endpoints(0).api_key_env(), "OPENAI_API_KEY");
  EXPECT_EQ(spec.endpoints(0).max_in_flight(), 7);
  EXPECT_EQ(spec.endpoints(0).deadlines().wall_timeout_s(), 900.5);
  EXPECT_FALSE(spec.endpoints(0).stream());
  EXPECT_EQ(spec.judges(0).model(), "judge");
  EXPECT_EQ(spec.judges(0).endpoint(), spec.models(0).endpoint());
  EXPECT_EQ(spec.repeats(), 2);
  EXPECT_EQ(spec.compat(), v1::COMPAT_OFFICIAL);
}

TEST(MakeSpecTest, TheYamlThatIsKeptMakesTheSameSpecAndHoldsNoKey) {
  SpecFlags flags = Minimal();
  flags.values = {{"--temperature", "0.5"}};
  const auto made = Make(flags, {{"OPENAI_API_KEY", "sk-secret-secret-secret"}});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->yaml, Not(HasSubstr("secret")));
  const auto again = ParseRunSpec(made->yaml, "spec.yaml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ResolveDefaults(*again).SerializeAsString(), made->spec.SerializeAsString());
}

TEST(MakeSpecTest, ServersFromTheEnvironment) {
  SpecFlags flags = Minimal();
  flags.base_url.clear();
  EXPECT_THAT(MessageFrom(flags), AllOf(HasSubstr("--base-url"), HasSubstr("OPENAI_BASE_URL")));
  EXPECT_EQ(Make(flags, {{"OPENAI_API_BASE", "http://old/v1"}})->spec.endpoints(0).base_url(),
            "http://old/v1");
  EXPECT_EQ(
      Make(flags, {{"OPENAI_API_BASE", "http://old/v1"}, {"OPENAI_BASE_URL", "http://new/v1"}})
          ->spec.endpoints(0)
          .base_url(),
      "http://new/v1");
}

TEST(MakeSpecTest, AJudgeElsewhere) {
  SpecFlags flags = Minimal();
  flags.judges = {"openai/judge"};
  flags.judge_base_url = "http://127.0.0.1:9000/v1";
  flags.judge_api_key_env = "JUDGE_KEY";
  const auto made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->spec.endpoints_size(), 2);
  EXPECT_EQ(made->spec.endpoints(1).base_url(), "http://127.0.0.1:9000/v1");
  EXPECT_EQ(made->spec.endpoints(1).api_key_env(), "JUDGE_KEY");
  EXPECT_EQ(made->spec.judges(0).endpoint(), made->spec.endpoints(1).id());
  flags.judges.clear();
  EXPECT_THAT(MessageFrom(flags), HasSubstr("--judge NAME"));
}

TEST(MakeSpecTest, ABadValueNamesItsFlag) {
  const std::vector<std::pair<FlagValue, std::string>> cases = {
      {{"--max-tokens", "1.5"}, "--max-tokens"},
      {{"--max-tokens", "0"}, "--max-tokens"},
      {{"--temperature", "-0.1"}, "--temperature"},
      {{"--temperature", "hot"}, "--temperature"},
      {{"--seed", "-1"}, "--seed"},
      {{"--repeats", "10000"}, "--repeats"},
      {{"--compat", "lax"}, "--compat"},
      {{"--limit", "20-10"}, "--limit"},
      {{"--top-p", "2"}, "--top-p"}};
  for (const auto& [value, flag] : cases) {
    SpecFlags flags = Minimal();
    flags.values = {value};
    EXPECT_THAT(MessageFrom(flags), HasSubstr(flag)) << value.flag << " " << value.text;
  }
}

TEST(MakeSpecTest, SetReachesAnyField) {
  SpecFlags flags = Minimal();
  flags.overrides = {"models.0.sampling.top_p=0.9", "retry.infra_attempts=3"};
  const auto made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->spec.models(0).sampling().top_p(), 0.9);
  EXPECT_EQ(made->spec.retry().infra_attempts(), 3);
  flags.overrides = {"nonsense"};
  EXPECT_THAT(MessageFrom(flags), HasSubstr("KEY=VALUE"));
  flags.overrides = {"retry.infra_attempt=3"};
  EXPECT_THAT(MessageFrom(flags), AllOf(HasSubstr("--set"), HasSubstr("infra_attempts")));
}

TEST(MakeSpecTest, Scorers) {
  SpecFlags flags = Minimal();
  flags.judges = {"openai/j"};
  flags.scorers = {"length", "repetition", "rubric:general"};
  const auto made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->spec.scorers_size(), 3);
  EXPECT_TRUE(made->spec.scorers(0).has_length());
  EXPECT_TRUE(made->spec.scorers(1).has_repetition());
  EXPECT_EQ(made->spec.scorers(2).rubric().preset(), "general");
  flags.scorers = {"lenght"};
  EXPECT_THAT(MessageFrom(flags), AllOf(HasSubstr("--scorer"), HasSubstr("length")));
}

TEST(MakeSpecTest, EveryTypeOfScorerCanBeNamed) {
  SpecFlags flags = Minimal();
  flags.judges = {"openai/j"};
  flags.scorers = {"coherence", "constraints", "factual_coverage:icat"};
  const auto made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->spec.scorers_size(), 3);
  EXPECT_TRUE(made->spec.scorers(0).has_coherence());
  EXPECT_TRUE(made->spec.scorers(1).has_constraints());
  EXPECT_EQ(made->spec.scorers(2).factual_coverage().preset(), "icat");
  for (const char* name : {"coherence:icat", "id", "judge", "accepted", ""}) {
    flags.scorers = {name};
    EXPECT_THAT(MessageFrom(flags),
                HasSubstr("is no scorer; expected one of coherence, constraints, factual_coverage, "
                          "factual_coverage:PRESET, length, repetition, rubric, rubric:PRESET"))
        << name;
  }
}

TEST(MakeSpecTest, ASuitesOwnScorerWinsOverTheBuiltInOne) {
  SpecFlags flags = Minimal();
  flags.judges = {"openai/j"};
  flags.scorers = {"rubric"};
  const auto made = MakeSpec(flags, From({}), [](const v1::SuiteRef&) {
    v1::ScorerSpec own;
    own.mutable_rubric()->set_preset("longbench-write");
    return absl::StatusOr<std::vector<v1::ScorerSpec>>(std::vector<v1::ScorerSpec>{own});
  });
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->spec.scorers(0).rubric().preset(), "longbench-write");
}

TEST_F(SpecFileTest, AFileAloneIsKeptAsItWasWritten) {
  SpecFlags flags;
  flags.target = Write("spec.yaml", kSpec);
  const auto made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->yaml, kSpec);
  EXPECT_EQ(made->folder, folder_);
  EXPECT_EQ(made->spec.models_size(), 2);
  EXPECT_EQ(made->spec.endpoints(0).api_key_env(), "") << "a file says what it needs";
}

TEST_F(SpecFileTest, FlagsWinOverTheFile) {
  SpecFlags flags;
  flags.target = Write("spec.yaml", kSpec);
  flags.values = {{"--max-tokens", "77"}, {"--limit", "2"}};
  flags.base_url = "http://127.0.0.1:9999/v1";
  auto made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->spec.models(0).sampling().max_tokens(), 77);
  EXPECT_EQ(made->spec.models(1).sampling().max_tokens(), 77);
  EXPECT_EQ(made->spec.suites(0).limit(), "2");
  EXPECT_EQ(made->spec.endpoints(0).base_url(), "http://127.0.0.1:9999/v1");
  flags.models = {"openai/only"};
  made = Make(flags);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->spec.models_size(), 1);
  EXPECT_EQ(made->spec.models(0).model(), "only");
}

TEST_F(SpecFileTest, AnErrorInTheFileHasItsLineAlsoBesideFlags) {
  SpecFlags flags;
  flags.target = Write("spec.yaml", std::string(kSpec) + "repeat: 2\n");
  EXPECT_THAT(MessageFrom(flags), HasSubstr("spec.yaml:11"));
  flags.values = {{"--max-tokens", "77"}};
  EXPECT_THAT(MessageFrom(flags), AllOf(HasSubstr("spec.yaml:11"), HasSubstr("repeats")));
}

TEST(MakeSpecTest, WhatIsMissingIsSaid) {
  EXPECT_THAT(MessageFrom({}), HasSubstr("what to run?"));
  SpecFlags flags;
  flags.target = "starter";
  EXPECT_THAT(MessageFrom(flags), HasSubstr("--model"));
  flags.target = "absent.yaml";
  EXPECT_THAT(MessageFrom(flags), HasSubstr("absent.yaml"));
}

TEST(StripProviderTest, OnlyKnownPrefixes) {
  EXPECT_EQ(StripProvider("openai/gpt"), "gpt");
  EXPECT_EQ(StripProvider("vllm/Qwen/Qwen3"), "Qwen/Qwen3");
  EXPECT_EQ(StripProvider("local/x"), "x");
  EXPECT_EQ(StripProvider("Qwen/Qwen3"), "Qwen/Qwen3");
  EXPECT_EQ(StripProvider("openai/openai/gpt-oss"), "openai/gpt-oss");
}

TEST(CheckKeysTest, AMissingOrImpossibleKeyIsNamedAndNeverShown) {
  v1::RunSpec spec;
  spec.add_endpoints()->set_id("gpu");
  spec.mutable_endpoints(0)->set_api_key_env("GPU_KEY");
  EXPECT_TRUE(CheckKeys(spec, From({{"GPU_KEY", "sk-fine"}})).ok());
  EXPECT_THAT(MessageOf(CheckKeys(spec, From({}))),
              AllOf(HasSubstr("gpu"), HasSubstr("GPU_KEY"), HasSubstr("not set")));
  const absl::Status odd = CheckKeys(spec, From({{"GPU_KEY", "sk-secret\n"}}));
  EXPECT_FALSE(odd.ok());
  EXPECT_THAT(MessageOf(odd), Not(HasSubstr("secret")));
}

TEST(MakeRejudgeSpecTest, ReplacesJudgesAndScorersOnly) {
  SpecFlags first = Minimal();
  first.judges = {"openai/old"};
  const auto base = Make(first);
  ASSERT_TRUE(base.ok()) << base.status();
  SpecFlags flags;
  flags.scorers = {"rubric:general"};
  flags.judges = {"openai/new"};
  flags.judge_base_url = "http://127.0.0.1:9000/v1";
  const auto made = MakeRejudgeSpec(base->spec, flags, From({}));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->spec.models(0).SerializeAsString(), base->spec.models(0).SerializeAsString());
  ASSERT_EQ(made->spec.judges_size(), 1);
  EXPECT_EQ(made->spec.judges(0).model(), "new");
  EXPECT_EQ(made->spec.scorers_size(), 1);
}

}  // namespace
}  // namespace assay
