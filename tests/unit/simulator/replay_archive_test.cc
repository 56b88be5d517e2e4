#include "simulator/replay_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "common/json/json.h"
#include "simulator/simulator.h"
#include "tests/unit/simulator/raw_http.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kChat[] = "/v1/chat/completions";

class ReplayFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = ::testing::TempDir() + "/replay_" +
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(dir_ + "/" + path).parent_path());
    std::ofstream(dir_ + "/" + path) << text;
  }

  std::string dir_;
};

TEST_F(ReplayFolder, MergesRunAndTwinFiles) {
  Write("a/m/run_judge.jsonl",
        R"({"prompt":"p1","response":"r1","scores":{"Why":"ok","B":2,"A":5}})"
        "\n");
  Write("a/m/run.jsonl", R"({"prompt":"p1","response":"r1"})"
                         "\n"
                         R"({"prompt":"p2","response":"r2"})"
                         "\n");
  Write("b/m/run_judge.jsonl", R"({"prompt":"p3","response":"r3","scores":{"A":1}})");
  Write("questions.jsonl", R"({"prompt":"p1","length":100})");
  Write("a/m/result.json", "{");
  const auto archive = ReplayArchive::Load(dir_);
  ASSERT_TRUE(archive.ok()) << archive.status();
  EXPECT_THAT(archive->ModelNames(),
              ElementsAre("a/m/run", "b/m/run", "judge:a/m/run", "judge:b/m/run"));
  EXPECT_EQ(*archive->Answer("a/m/run", "p2"), "r2");
  EXPECT_EQ(*archive->Answer("b/m/run", "p1"), "r1");
  EXPECT_EQ(*archive->Answer("judge:a/m/run", "Task: p1\nText: r1\nScore it."),
            R"({"Why":"ok","B":2,"A":5})");
  EXPECT_TRUE(absl::IsInvalidArgument(archive->Answer("judge:a/m/run", "p2 r2").status()));
  EXPECT_THAT(std::string(MessageOf(archive->Answer("a/m/run", "new\nprompt").status())),
              HasSubstr("no recorded answer to this prompt: \"new"));
}

TEST_F(ReplayFolder, PromptAndResponseMayHoldEachOther) {
  Write("m/run_judge.jsonl",
        R"({"prompt":"sum","response":"the sum is 3","scores":{"A":1}})"
        "\n"
        R"({"prompt":"say yes or no","response":"yes","scores":{"A":2}})"
        "\n"
        R"({"prompt":"say yes or no, please","response":"yes","scores":{"A":3}})");
  const auto archive = ReplayArchive::Load(dir_);
  ASSERT_TRUE(archive.ok()) << archive.status();
  const std::string judge = "judge:m/run";
  EXPECT_EQ(*archive->Answer(judge, "text: the sum is 3; task: sum"), R"({"A":1})");
  EXPECT_EQ(*archive->Answer(judge, "task: say yes or no; text: yes"), R"({"A":2})");
  EXPECT_EQ(*archive->Answer(judge, "task: say yes or no, please; text: yes"), R"({"A":3})");
  EXPECT_FALSE(archive->Answer(judge, "the sum is 3").ok());
  EXPECT_FALSE(archive->Answer(judge, "say yes or no").ok());
}

TEST_F(ReplayFolder, BadRowsAreNamed) {
  Write("m/run.jsonl", R"({"prompt":"p1","response":"r1"})"
                       "\n"
                       R"({"prompt":"p1","response":7})");
  EXPECT_THAT(std::string(MessageOf(ReplayArchive::Load(dir_).status())),
              HasSubstr("m/run.jsonl: line 2.response: expected a string"));
  Write("m/run.jsonl", "{\"prompt\":");
  EXPECT_THAT(std::string(MessageOf(ReplayArchive::Load(dir_).status())),
              HasSubstr("m/run.jsonl: line 1"));
  EXPECT_TRUE(absl::IsNotFound(ReplayArchive::Load(dir_ + "/none").status()));
}

std::string RealFolder() {
  return std::string(ASSAY_SOURCE_DIR) + "/../shared/data/longwriter/golden_fork/evaluation";
}

std::string ChatBody(const std::string& model, const std::string& prompt) {
  Json body;
  body["model"] = model;
  body["messages"] = Json::array({{{"role", "user"}, {"content", prompt}}});
  return DumpJson(body);
}

std::string ContentOf(const RawReply& reply) {
  return (*ParseJson(reply.body))["choices"][0]["message"]["content"].get<std::string>();
}

std::string JudgePromptFor(const std::string& prompt, const std::string& response) {
  return "Rate this.\n\n<Task>\n\n" + prompt + "\n\n</Task>\n\n<Response>\n\n" + response +
         "\n\n</Response>\n\nReply with {\"Analysis\": ..., \"Relevance\": ...}.";
}

TEST(ReplayOfRealData, EveryRowIsAnsweredOverHttp) {
  if (!fs::exists(RealFolder())) GTEST_SKIP() << RealFolder() << " is not here";
  const auto archive = ReplayArchive::Load(RealFolder());
  ASSERT_TRUE(archive.ok()) << archive.status();
  ASSERT_EQ(archive->runs().size(), 29u);
  SimulatorOptions options;
  options.replay_dir = RealFolder();
  auto started = Simulator::Start(options);
  ASSERT_TRUE(started.ok()) << started.status();
  Simulator& simulator = **started;
  RawHttp http(simulator.port());
  std::int64_t texts = 0;
  std::int64_t judged = 0;
  for (const auto& [name, run] : archive->runs()) {
    for (const auto& [prompt, response] : run.texts) {
      const RawReply reply = http.Post(kChat, ChatBody(name, prompt));
      ASSERT_EQ(reply.status, 200) << reply.body;
      ASSERT_EQ(ContentOf(reply), response) << name;
      ++texts;
    }
    for (const ReplayArchive::Judged& row : run.judged) {
      const RawReply reply =
          http.Post(kChat, ChatBody("judge:" + name, JudgePromptFor(row.prompt, row.response)));
      ASSERT_EQ(reply.status, 200) << reply.body;
      ASSERT_EQ(ContentOf(reply), row.verdict) << name;
      ASSERT_TRUE(IsJson(row.verdict));
      ++judged;
    }
  }
  EXPECT_EQ(texts, 1740);
  EXPECT_EQ(judged, 1714);
  EXPECT_EQ(simulator.Counts().complete, texts + judged);
  EXPECT_EQ(http.Post(kChat, ChatBody(archive->runs().begin()->first, "never asked")).status, 400);
}

TEST(ReplayOfRealData, WhatWasNeverJudgedGets400) {
  if (!fs::exists(RealFolder())) GTEST_SKIP() << RealFolder() << " is not here";
  const auto archive = ReplayArchive::Load(RealFolder());
  ASSERT_TRUE(archive.ok());
  int unjudged = 0;
  for (const auto& [name, run] : archive->runs()) {
    std::set<std::string> prompts;
    for (const ReplayArchive::Judged& row : run.judged) prompts.insert(row.prompt);
    for (const auto& [prompt, response] : run.texts) {
      if (prompts.contains(prompt)) continue;
      ++unjudged;
      EXPECT_TRUE(absl::IsInvalidArgument(
          archive->Answer("judge:" + name, JudgePromptFor(prompt, response)).status()));
    }
  }
  EXPECT_EQ(unjudged, 1740 - 1714);
}

}  // namespace
}  // namespace assay
