#include "common/config/run_spec.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/status.h"
#include "common/config/message_writer.h"

namespace assay {
namespace {

constexpr char kSmall[] = R"(
suites: [{name: starter, limit: 10}]
endpoints: [{base_url: "http://localhost:8000/v1"}]
models: [{model: m}]
judges: [{model: j}]
scorers: [{length: {}}, {rubric: {preset: general}}, {repetition: {}}]
)";

TEST(ParseRunSpecTest, ASmallSpecIsEnough) {
  const absl::StatusOr<v1::RunSpec> spec = ParseRunSpec(kSmall, "spec.yaml");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->suites(0).limit(), "10");
}

TEST(ParseRunSpecTest, JsonIsTheSame) {
  const absl::StatusOr<v1::RunSpec> yaml = ParseRunSpec(kSmall, "spec.yaml");
  ASSERT_TRUE(yaml.ok());
  const absl::StatusOr<v1::RunSpec> json = ParseRunSpec(CanonicalJson(*yaml), "spec.json");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*yaml, *json));
}

TEST(ResolveDefaultsTest, WritesEveryDefaultOut) {
  const v1::RunSpec spec = ResolveDefaults(*ParseRunSpec(kSmall, "spec.yaml"));
  EXPECT_EQ(spec.endpoints(0).id(), "default");
  EXPECT_EQ(spec.endpoints(0).max_in_flight(), 16);
  EXPECT_TRUE(spec.endpoints(0).stream());
  EXPECT_EQ(spec.endpoints(0).max_tokens_field(), "max_tokens");
  EXPECT_DOUBLE_EQ(spec.endpoints(0).deadlines().connect_timeout_s(), 5);
  EXPECT_DOUBLE_EQ(spec.endpoints(0).deadlines().first_token_timeout_s(), 120);
  EXPECT_DOUBLE_EQ(spec.endpoints(0).deadlines().stall_timeout_s(), 60);
  EXPECT_DOUBLE_EQ(spec.endpoints(0).deadlines().wall_timeout_s(), 0);
  EXPECT_EQ(spec.models(0).id(), "m");
  EXPECT_EQ(spec.models(0).endpoint(), "default");
  EXPECT_EQ(spec.models(0).strategy().name(), "direct");
  EXPECT_EQ(spec.judges(0).id(), "j");
  EXPECT_EQ(spec.judges(0).endpoint(), "default");
  EXPECT_EQ(spec.scorers(0).id(), "length");
  EXPECT_EQ(spec.scorers(0).judge(), "");
  EXPECT_EQ(spec.scorers(1).judge(), "j");
  EXPECT_EQ(spec.scorers(1).compat(), v1::COMPAT_STRICT);
  EXPECT_EQ(spec.scorers(2).repetition().ngram(), 20);
  EXPECT_EQ(spec.repeats(), 1);
  EXPECT_EQ(spec.on_truncation(), v1::ON_TRUNCATION_SCORE);
  EXPECT_EQ(spec.reuse(), v1::REUSE_NONE);
  EXPECT_EQ(spec.retry().infra_attempts(), 5);
  EXPECT_DOUBLE_EQ(spec.retry().backoff_max_s(), 60);
  EXPECT_DOUBLE_EQ(spec.retry().unit_deadline_s(), 86400);
}

TEST(ResolveDefaultsTest, IsIdempotentAndStaysValid) {
  const v1::RunSpec once = ResolveDefaults(*ParseRunSpec(kSmall, "spec.yaml"));
  EXPECT_TRUE(ValidateRunSpec(once).ok()) << ValidateRunSpec(once);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(once, ResolveDefaults(once)));
}

TEST(ResolveDefaultsTest, KeepsWhatIsGiven) {
  v1::RunSpec spec = *ParseRunSpec(kSmall, "spec.yaml");
  spec.mutable_endpoints(0)->set_stream(false);
  spec.mutable_retry()->set_backoff_initial_s(90);
  spec.set_compat(v1::COMPAT_OFFICIAL);
  spec = ResolveDefaults(spec);
  EXPECT_FALSE(spec.endpoints(0).stream());
  EXPECT_DOUBLE_EQ(spec.retry().backoff_max_s(), 90);
  EXPECT_EQ(spec.scorers(1).compat(), v1::COMPAT_OFFICIAL);
}

TEST(ParseRunSpecTest, FillsVariablesInOnlyInBaseUrl) {
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOST") return "10.0.0.1";
    if (name == "USERINFO") return "me:secret@host";
    return std::nullopt;
  };
  const std::string rest =
      "\nsuites: [{name: s}]\nmodels: [{model: m, system_prompt: '${HOST}'}]\n";
  const absl::StatusOr<v1::RunSpec> spec =
      ParseRunSpec("endpoints: [{base_url: 'http://${HOST}:80/v1'}]" + rest, "s.yaml", environment);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->endpoints(0).base_url(), "http://10.0.0.1:80/v1");
  EXPECT_EQ(spec->models(0).system_prompt(), "${HOST}");
  EXPECT_EQ(MessageOf(ParseRunSpec("endpoints: [{base_url: 'http://${NONE}/'}]" + rest, "s.yaml",
                                   environment)
                          .status()),
            "s.yaml:1:24: endpoints[0].base_url: the environment variable 'NONE' is not set");
  EXPECT_EQ(MessageOf(ParseRunSpec("endpoints: [{base_url: 'http://${USERINFO}/'}]" + rest,
                                   "s.yaml", environment)
                          .status()),
            "s.yaml:1:24: endpoints[0].base_url: must not hold a user name or password; name the "
            "key in api_key_env");
}

TEST(ParseLimitTest, TakesCountsSharesAndRanges) {
  const auto range = [](std::string_view limit) {
    const absl::StatusOr<SampleRange> parsed = ParseLimit(limit, 120);
    return parsed.ok() ? std::to_string(parsed->begin) + ".." + std::to_string(parsed->end)
                       : std::string(MessageOf(parsed.status()));
  };
  EXPECT_EQ(range(""), "0..120");
  EXPECT_EQ(range("10"), "0..10");
  EXPECT_EQ(range("500"), "0..120");
  EXPECT_EQ(range("0.1"), "0..12");
  EXPECT_EQ(range("0.001"), "0..1");
  EXPECT_EQ(range("1.0"), "0..120");
  EXPECT_EQ(range("10-20"), "10..20");
  EXPECT_EQ(range("110-500"), "110..120");
  EXPECT_EQ(range("0"), "at least one sample is needed, found '0'");
  EXPECT_EQ(range("-5"),
            "expected a number of samples (10), a share (0.1) or a range (10-20), found '-5'");
  EXPECT_EQ(range("1.5"), "a share must be more than 0.0 and at most 1.0, is '1.5'");
  EXPECT_EQ(range("0.0"), "a share must be more than 0.0 and at most 1.0, is '0.0'");
  EXPECT_EQ(range("20-10"), "the range '20-10' is empty");
  EXPECT_EQ(range("120-130"), "the range '120-130' begins after the last of 120 samples");
  EXPECT_EQ(range("10%"),
            "expected a number of samples (10), a share (0.1) or a range (10-20), found '10%'");
}

}  // namespace
}  // namespace assay
