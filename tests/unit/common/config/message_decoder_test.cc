#include "common/config/message_decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "assay/v1/spec.pb.h"
#include "assay/v1/suite.pb.h"
#include "common/base/status.h"

namespace assay {
namespace {

std::string Problem(std::string_view yaml, google::protobuf::Message* message) {
  const absl::StatusOr<ConfigNode> node = ParseYamlDocument(yaml, "s.yaml");
  if (!node.ok()) return std::string(MessageOf(node.status()));
  const absl::Status status = DecodeMessage(*node, "s.yaml", message);
  return status.ok() ? "accepted" : std::string(MessageOf(status));
}

std::string SpecProblem(std::string_view yaml) {
  v1::RunSpec spec;
  return Problem(yaml, &spec);
}

TEST(DecodeMessageTest, FillsEveryKindOfField) {
  v1::RunSpec spec;
  EXPECT_EQ(Problem(R"(
name: 12
repeats: 3
seed: 9223372036854775807
compat: official
allow_self_judge: true
labels: {team: a, "x y": "1"}
models:
  - model: m
    sampling:
      temperature: 0
      top_p: 1e-1
      stop: ["\n", end]
      extra_body: {min_p: 0.1, deep: {list: [1, two, null, true]}}
scorers:
  - length:
  - rubric: {preset: general, json_schema: false}
)",
                    &spec),
            "accepted");
  EXPECT_EQ(spec.name(), "12");
  EXPECT_EQ(spec.seed(), 9223372036854775807);
  EXPECT_EQ(spec.compat(), v1::COMPAT_OFFICIAL);
  EXPECT_EQ(spec.labels().at("x y"), "1");
  const v1::Sampling& sampling = spec.models(0).sampling();
  EXPECT_TRUE(sampling.has_temperature());
  EXPECT_FALSE(sampling.has_max_tokens());
  EXPECT_DOUBLE_EQ(sampling.top_p(), 0.1);
  EXPECT_EQ(sampling.stop(0), "\n");
  const auto& deep = sampling.extra_body().fields().at("deep").struct_value().fields();
  EXPECT_EQ(deep.at("list").list_value().values(1).string_value(), "two");
  EXPECT_TRUE(deep.at("list").list_value().values(2).has_null_value());
  EXPECT_TRUE(spec.scorers(0).has_length());
  EXPECT_TRUE(spec.scorers(1).rubric().has_json_schema());
}

TEST(DecodeMessageTest, MapsOfNumbers) {
  v1::Sample sample;
  EXPECT_EQ(Problem("group_weights: {a: 0.25, b: 1}", &sample), "accepted");
  EXPECT_EQ(sample.group_weights().at("a"), 0.25);
  EXPECT_EQ(sample.group_weights().at("b"), 1);
  EXPECT_EQ(Problem("group_weights: {a: x}", &sample),
            "s.yaml:1:20: group_weights.a: expected a number, found 'x'");
  EXPECT_EQ(Problem("group_weights: {a: [1]}", &sample),
            "s.yaml:1:20: group_weights.a: expected a number, found a list");
}

struct BadField {
  const char* yaml;
  const char* message;
};

class BadFieldTest : public testing::TestWithParam<BadField> {};

TEST_P(BadFieldTest, SaysWhereAndWhatWasExpected) {
  EXPECT_EQ(SpecProblem(GetParam().yaml), GetParam().message);
}

const BadField kBadFields[] = {
    {"[1]", "s.yaml:1:1: expected a mapping, found a list"},
    {"models:\n  - model: m\n    sampling:\n      max_token: 4096",
     "s.yaml:4:7: models[0].sampling.max_token: unknown field; did you mean max_tokens?"},
    {"endpoints:\n  - api_key: x",
     "s.yaml:2:5: endpoints[0].api_key: unknown field; keys never stand in a file; name an "
     "environment variable in api_key_env"},
    {"zzzzzzzz: 1",
     "s.yaml:1:1: zzzzzzzz: unknown field; expected one of name, suites, endpoints, models, "
     "judges, "
     "scorers, repeats, compat, on_truncation, reuse, retry, seed, allow_self_judge, labels, "
     "judge_health, weight"},
    {"models: m", "s.yaml:1:9: models: expected a list, found 'm'"},
    {"models: [m]", "s.yaml:1:10: models[0]: expected a mapping, found 'm'"},
    {"repeats: \"3\"", "s.yaml:1:10: repeats: expected a whole number, found text '3'"},
    {"repeats: 1.5", "s.yaml:1:10: repeats: expected a whole number, found '1.5'"},
    {"repeats: 1e3", "s.yaml:1:10: repeats: expected a whole number, found '1e3'"},
    {"repeats: 0x10", "s.yaml:1:10: repeats: expected a whole number, found '0x10'"},
    {"repeats: .nan", "s.yaml:1:10: repeats: expected a whole number, found '.nan'"},
    {"repeats:", "s.yaml:1:1: repeats: expected a whole number, found nothing (null)"},
    {"repeats: 3000000000",
     "s.yaml:1:10: repeats: expected a whole number from -2147483648 to 2147483647, found "
     "'3000000000'"},
    {"seed: 9223372036854775808",
     "s.yaml:1:7: seed: expected a whole number from -9223372036854775808 to 9223372036854775807, "
     "found '9223372036854775808'"},
    {"models: [{sampling: {temperature: .inf}}]",
     "s.yaml:1:35: models[0].sampling.temperature: expected a finite number, found '.inf'"},
    {"models: [{sampling: {temperature: 1e999}}]",
     "s.yaml:1:35: models[0].sampling.temperature: expected a finite number, found '1e999'"},
    {"models: [{sampling: {temperature: hot}}]",
     "s.yaml:1:35: models[0].sampling.temperature: expected a number, found 'hot'"},
    {"allow_self_judge: yes", "s.yaml:1:19: allow_self_judge: expected true or false, found 'yes'"},
    {"compat: COMPAT_STRICT",
     "s.yaml:1:9: compat: expected one of strict, official, found 'COMPAT_STRICT'"},
    {"reuse: verdict",
     "s.yaml:1:8: reuse: expected one of none, generations, verdicts, found "
     "'verdict'"},
    {"scorers: [{length: {}, rubric: {}}]",
     "s.yaml:1:24: scorers[0].rubric: only one of these may be given, and length already is"},
    {"labels: [a]", "s.yaml:1:9: labels: expected a mapping, found a list"},
    {"labels: {a: [1]}", "s.yaml:1:13: labels.a: expected text, found a list"},
    {"name: {a: 1}", "s.yaml:1:7: name: expected text, found a mapping"},
    {"models: [{sampling: {extra_body: {min_p: .nan}}}]",
     "s.yaml:1:42: models[0].sampling.extra_body.min_p: expected a finite number, found '.nan'"},
    {"name: a\nrepeats: x\nmodels:\n  - mdoel: y\n",
     "s.yaml:2:10: repeats: expected a whole number, found 'x'\n"
     "s.yaml:4:5: models[0].mdoel: unknown field; did you mean model?"},
    {"\"a\\eb\": 1",
     "s.yaml:1:1: a\\x1bb: unknown field; expected one of name, suites, endpoints, models, judges, "
     "scorers, repeats, compat, on_truncation, reuse, retry, seed, allow_self_judge, labels, "
     "judge_health, weight"},
};

INSTANTIATE_TEST_SUITE_P(All, BadFieldTest, testing::ValuesIn(kBadFields));

TEST(DecodeMessageTest, JsonDoesNotTakeANumberForText) {
  const absl::StatusOr<ConfigNode> node = ParseJsonDocument("{\"id\": 1, \"prompt\": \"p\"}", "f");
  ASSERT_TRUE(node.ok());
  v1::Sample sample;
  EXPECT_EQ(MessageOf(DecodeMessage(*node, "f", &sample, {.plain_text = false})),
            "f:1:8: id: expected text, found '1'");
}

TEST(DecodeMessageTest, ShowsTwentyProblemsAndCountsTheRest) {
  std::string yaml;
  for (int i = 0; i < 25; ++i) yaml += "unknown_name_" + std::to_string(i) + ": 1\n";
  const std::string problem = SpecProblem(yaml);
  EXPECT_EQ(std::count(problem.begin(), problem.end(), '\n'), 20);
  EXPECT_EQ(problem.substr(problem.rfind('\n')), "\n... and 5 more");
}

TEST(DecodeMessageTest, LongAndHostileValuesAreCutAndEscaped) {
  const std::string problem = SpecProblem("repeats: \"" + std::string(500, 'x') + "\"");
  EXPECT_LT(problem.size(), 200u);
  EXPECT_EQ(SpecProblem("repeats: \"\\e[31m\""),
            "s.yaml:1:10: repeats: expected a whole number, found text '\\x1b[31m'");
  EXPECT_EQ(SpecProblem("repeats: \"a\u202Eb\""),
            "s.yaml:1:10: repeats: expected a whole number, found text 'a\\xe2\\x80\\xaeb'");
}

TEST(SetFieldTest, SetsFieldsByPath) {
  v1::RunSpec spec;
  ASSERT_TRUE(SetField("repeats", "4", &spec).ok());
  ASSERT_TRUE(SetField("models[0].model", "m", &spec).ok());
  ASSERT_TRUE(SetField("models[0].sampling.temperature", "0.25", &spec).ok());
  ASSERT_TRUE(SetField("models[0].sampling.stop", "[a, b]", &spec).ok());
  ASSERT_TRUE(SetField("models[0].sampling.stop", "[c]", &spec).ok());
  ASSERT_TRUE(SetField("models[0].sampling.extra_body.min_p", "0.5", &spec).ok());
  ASSERT_TRUE(SetField("labels.team", "red", &spec).ok());
  ASSERT_TRUE(SetField("name", "", &spec).ok());
  EXPECT_EQ(spec.repeats(), 4);
  EXPECT_DOUBLE_EQ(spec.models(0).sampling().temperature(), 0.25);
  EXPECT_EQ(spec.models(0).sampling().stop_size(), 1);
  EXPECT_DOUBLE_EQ(spec.models(0).sampling().extra_body().fields().at("min_p").number_value(), 0.5);
  EXPECT_EQ(spec.labels().at("team"), "red");
}

TEST(SetFieldTest, NamesThePathInErrors) {
  v1::RunSpec spec;
  EXPECT_EQ(MessageOf(SetField("repeats", "many", &spec)),
            "repeats: repeats: expected a whole number, found 'many'");
  EXPECT_EQ(MessageOf(SetField("models[3].model", "m", &spec)),
            "models[3].model: models has 0 items: say which, as models[0]");
  EXPECT_EQ(MessageOf(SetField("a..b", "m", &spec)),
            "not the path of a field: 'a..b'; expected something like "
            "models[0].sampling.max_tokens");
  EXPECT_FALSE(SetField("repeat", "3", &spec).ok());
}

TEST(NearestNameTest, OffersOnlyWhatIsNear) {
  EXPECT_EQ(NearestName("temprature", {"temperature", "top_p"}), "temperature");
  EXPECT_EQ(NearestName("zzz", {"temperature", "top_p"}), "");
}

TEST(LooksLikeSecretTest, KnowsTheShapesOfKeys) {
  EXPECT_TRUE(LooksLikeSecret("sk-proj-abcdEFGH1234567890abcd"));
  EXPECT_TRUE(LooksLikeSecret("key=hf_AbCdEfGhIjKlMnOpQrStUvWx"));
  EXPECT_TRUE(LooksLikeSecret("-----BEGIN PRIVATE KEY-----"));
  EXPECT_TRUE(LooksLikeSecret("Bearer abcDEF1234567"));
  EXPECT_FALSE(LooksLikeSecret("a task-based-evaluation-of-long-texts"));
  EXPECT_FALSE(LooksLikeSecret("sk-learn-like-interfaces-for-all"));
  EXPECT_FALSE(LooksLikeSecret("OPENAI_API_KEY"));
}

}  // namespace
}  // namespace assay
