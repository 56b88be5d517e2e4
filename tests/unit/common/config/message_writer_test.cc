#include "common/config/message_writer.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>

#include "assay/v1/spec.pb.h"
#include "assay/v1/suite.pb.h"
#include "common/config/message_decoder.h"

namespace assay {
namespace {

v1::Sample FullSample() {
  v1::Sample sample;
  sample.set_id("a-1");
  sample.set_prompt("He said \"no\"\n\u4f60\u597d \\ /");
  sample.set_required_words(500);
  v1::Constraint* constraint = sample.add_constraints();
  constraint->set_kind("words_min");
  auto& params = *constraint->mutable_params()->mutable_fields();
  params["count"].set_number_value(450);
  params["share"].set_number_value(0.1);
  params["names"].mutable_list_value()->add_values()->set_string_value("x");
  params["on"].set_bool_value(true);
  (*sample.mutable_metadata())["z"] = "1";
  (*sample.mutable_metadata())["b"] = "null";
  (*sample.mutable_group_weights())["form"] = 0.3;
  (*sample.mutable_group_weights())["depth"] = 1;
  return sample;
}

TEST(CanonicalJsonTest, IsSortedAndShort) {
  EXPECT_EQ(CanonicalJson(FullSample()),
            "{\"constraints\":[{\"kind\":\"words_min\",\"params\":{\"count\":450,\"names\":[\"x\"],"
            "\"on\":true,\"share\":0.1}}],\"group_weights\":{\"depth\":1,\"form\":0.3},"
            "\"id\":\"a-1\",\"metadata\":{\"b\":\"null\",\"z\":\"1\"},"
            "\"prompt\":\"He said \\\"no\\\"\\n\u4f60\u597d \\\\ /\",\"required_words\":500}");
}

TEST(CanonicalJsonTest, KeepsOptionalZeros) {
  v1::Sampling sampling;
  EXPECT_EQ(CanonicalJson(sampling), "{}");
  sampling.set_temperature(0);
  sampling.set_seed(9007199254740993);
  EXPECT_EQ(CanonicalJson(sampling), "{\"seed\":9007199254740993,\"temperature\":0}");
}

TEST(CanonicalJsonTest, ReadsBackTheSame) {
  const absl::StatusOr<ConfigNode> node = ParseJsonDocument(CanonicalJson(FullSample()), "f");
  ASSERT_TRUE(node.ok()) << node.status();
  v1::Sample again;
  ASSERT_TRUE(DecodeMessage(*node, "f", &again, {.plain_text = false}).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(again, FullSample()));
}

TEST(WriteYamlTest, IsForPeopleAndReadsBackTheSame) {
  v1::RunSpec spec;
  spec.set_name("no");
  spec.add_suites()->set_name("starter");
  v1::Model* model = spec.add_models();
  model->set_model("org/m:1");
  model->mutable_sampling()->set_temperature(0.5);
  model->mutable_sampling()->add_stop("a\nb");
  spec.add_scorers()->mutable_length();
  spec.set_compat(v1::COMPAT_OFFICIAL);
  (*spec.mutable_labels())["null"] = "~";
  const std::string yaml = WriteYaml(spec);
  EXPECT_EQ(yaml,
            "name: \"no\"\n"
            "suites:\n"
            "  - name: \"starter\"\n"
            "models:\n"
            "  - model: \"org/m:1\"\n"
            "    sampling:\n"
            "      temperature: 0.5\n"
            "      stop:\n"
            "        - \"a\\nb\"\n"
            "scorers:\n"
            "  - length: {}\n"
            "compat: \"official\"\n"
            "labels:\n"
            "  \"null\": \"~\"\n");
  const absl::StatusOr<ConfigNode> node = ParseYamlDocument(yaml, "s.yaml");
  ASSERT_TRUE(node.ok()) << node.status();
  v1::RunSpec again;
  ASSERT_TRUE(DecodeMessage(*node, "s.yaml", &again).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(again, spec));
}

}  // namespace
}  // namespace assay
