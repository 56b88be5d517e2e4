// 1,951 replies of a claim pipeline that is not ours (claim-stages-synthetic), as they are and
// damaged: read exactly or refused, never guessed.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/json/json.h"
#include "judge/engine/answer_reply.h"
#include "tests/unit/judge/engine/gzip_text.h"

namespace assay {
namespace {

using Kind = AnswerField::Kind;

AnswerField Field(const std::string& name, Kind kind, std::int64_t most = 0) {
  AnswerField field;
  field.name = name;
  field.kind = kind;
  field.most = most;
  if (kind == Kind::kLabel) field.labels = {"true", "false"};
  return field;
}

std::vector<AnswerField> StageFields(const std::string& stage) {
  if (stage == "selection") {
    return {Field("selected", Kind::kLabel), Field("reasoning", Kind::kText)};
  }
  if (stage == "disambiguation") {
    return {Field("disambiguated_text", Kind::kText), Field("changes_made", Kind::kTexts, 100)};
  }
  AnswerField claims = Field("claim_candidates", Kind::kRecords, 100);
  claims.fields = {Field("text", Kind::kText), Field("is_atomic", Kind::kLabel),
                   Field("is_self_contained", Kind::kLabel), Field("node_type", Kind::kText)};
  return {claims};
}

// What a JSON parser of its own says of the same fields, written as the answer would be.
std::string Expected(const std::vector<AnswerField>& fields, const Json& object) {
  std::string out;
  for (const AnswerField& field : fields) {
    const Json& value = object.at(field.name);
    out += field.name + "=";
    if (field.kind == Kind::kLabel) out += value.get<bool>() ? "true" : "false";
    if (field.kind == Kind::kText) out += value.get<std::string>();
    if (field.kind == Kind::kTexts) {
      for (const Json& text : value) out += text.get<std::string>() + "|";
    }
    if (field.kind == Kind::kRecords) {
      for (const Json& record : value) out += "(" + Expected(field.fields, record) + ")";
    }
    out += ";";
  }
  return out;
}

std::string Written(const std::vector<AnswerField>& fields, const Answer& answer) {
  std::string out;
  for (const AnswerField& field : fields) {
    const AnswerValue& value = answer.at(field.name);
    out += field.name + "=" + value.text;
    for (const std::string& text : value.texts) out += text + "|";
    for (const auto& record : value.records) out += "(" + Written(field.fields, record) + ")";
    out += ";";
  }
  return out;
}

class StageRepliesTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string path =
        GoldenPath("claim-stages-synthetic/" + std::string(GetParam()) + "_train.jsonl.gz");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    for (const std::string& line : ReadGzipLines(path)) {
      replies_.push_back(
          Json::parse(line).at(std::string(GetParam()) + "_response_json").get<std::string>());
    }
    demand_.fields = StageFields(GetParam());
    demand_.ids = {"reply"};
    demand_.without_ids = true;
  }

  // The answer as text; "" when the reply is refused.
  std::string Read(const std::string& text) const {
    const AnswerReply read = ReadAnswers(demand_, text);
    if (read.answers.empty()) {
      EXPECT_NE(read.problem + read.first_bad, "") << "refused without a reason";
      return "";
    }
    return Written(demand_.fields, read.answers.at("reply"));
  }
  std::string Expect(const std::string& text) const {
    return Expected(demand_.fields, Json::parse(text));
  }

  AnswerDemand demand_;
  std::vector<std::string> replies_;
};

INSTANTIATE_TEST_SUITE_P(Stages, StageRepliesTest,
                         testing::Values("selection", "disambiguation", "decomposition"));

TEST_P(StageRepliesTest, AreReadExactlyHoweverTheyAreWrapped) {
  for (const std::string& reply : replies_) {
    const std::string expected = Expect(reply);
    ASSERT_EQ(Read(reply), expected) << reply;
    ASSERT_EQ(Read("```json\n" + reply + "\n```"), expected) << reply;
    ASSERT_EQ(Read("```\n" + reply + "```"), expected) << reply;
    ASSERT_EQ(Read("Sure! My answer [1]:\n\n" + reply + "\n\nLet me know {if} more is needed."),
              expected)
        << reply;
    ASSERT_EQ(Read(OrderedJson::parse(reply).dump(2)), expected) << reply;
  }
}

TEST_P(StageRepliesTest, AreReadExactlyInAnyOrderOfTheirKeys) {
  for (const std::string& reply : replies_) {
    const Json object = Json::parse(reply);
    OrderedJson reversed = OrderedJson::object();
    for (auto member = object.rbegin(); member != object.rend(); ++member) {
      reversed[member.key()] = OrderedJson::parse(member.value().dump());
    }
    ASSERT_EQ(Read(reversed.dump()), Expect(reply)) << reply;
  }
}

TEST_P(StageRepliesTest, AreRefusedWhenTheyAreCutOrDoubled) {
  std::size_t cuts = 0;
  for (const std::string& reply : replies_) {
    for (std::size_t size = 0; size < reply.size(); size += 50, ++cuts) {
      ASSERT_EQ(Read(reply.substr(0, size)), "") << reply << " cut at " << size;
      ASSERT_EQ(Read("```json\n" + reply.substr(0, size) + "\n```"), "") << reply;
    }
    ASSERT_EQ(Read(reply.substr(0, reply.size() - 1)), "");
    ASSERT_EQ(Read(reply + "\n" + reply), "") << reply;
    ASSERT_EQ(Read(reply + "\n" + reply.substr(0, reply.size() / 2)), "") << reply;
  }
  EXPECT_GT(cuts, replies_.size());
}

// What is left of a reply when its beginning is missing is never an answer of that form.
TEST_P(StageRepliesTest, AreNeverGuessedFromTheirTails) {
  for (const std::string& reply : replies_) {
    for (std::size_t size = 50; size < reply.size(); size += 50) {
      ASSERT_EQ(Read(reply.substr(size)), "") << reply.substr(size);
    }
  }
}

TEST_P(StageRepliesTest, InABatchExactlyTheMissingAreMissing) {
  constexpr std::size_t kBatch = 10;
  demand_.without_ids = false;
  for (std::size_t begin = 0; begin + kBatch <= replies_.size(); begin += kBatch) {
    demand_.ids.clear();
    std::map<std::string, std::string> expected;
    Json answers = Json::array();
    for (std::size_t i = 0; i < kBatch; ++i) {
      const std::string id = "r" + std::to_string(i);
      demand_.ids.push_back(id);
      if (i == begin / kBatch % kBatch) continue;
      Json answer = Json::parse(replies_[begin + i]);
      expected[id] = Expected(demand_.fields, answer);
      answer["id"] = id;
      answers.insert(answers.begin(), answer);
      if (i % 4 == 0) answers.push_back(answer);
    }
    const AnswerReply read = ReadAnswers(demand_, answers.dump());
    std::map<std::string, std::string> got;
    for (const auto& [id, answer] : read.answers) got[id] = Written(demand_.fields, answer);
    ASSERT_EQ(got, expected) << begin;
    ASSERT_NE(read.first_bad, "");
  }
}

}  // namespace
}  // namespace assay
