#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/json/json.h"
#include "simulator/simulator.h"
#include "tests/unit/simulator/raw_http.h"
#include "tests/unit/simulator/sse_text.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr char kChat[] = "/v1/chat/completions";
constexpr char kPlain[] =
    R"({"model":"sim/strong","messages":[{"role":"user","content":"20 words on rain"}]})";
constexpr char kStream[] = R"({"model":"sim/strong","stream":true,"messages":[{"role":"user",)"
                           R"("content":"20 words on rain"}]})";

std::unique_ptr<Simulator> StartWith(const FaultAction& action, FaultMatch match = {}) {
  SimulatorOptions options;
  options.faults = {{"fault", match, action}};
  auto simulator = Simulator::Start(options);
  EXPECT_TRUE(simulator.ok()) << simulator.status();
  return *std::move(simulator);
}

// The same answer whatever its id and second are.
std::string WholeBody(Simulator& simulator, std::string_view body) {
  simulator.SetFaults({});
  return RawHttp(simulator.port()).Post(kChat, body).body;
}

LedgerEntry Last(const Simulator& simulator) { return simulator.LedgerEntries().back(); }

TEST(SimulatorFaults, StatusWithHeaders) {
  FaultAction action;
  action.status = 429;
  action.retry_after = "-1";
  action.error_code = "insufficient_quota";
  action.headers = {{"x-should-retry", "false"}};
  const auto simulator = StartWith(action);
  RawHttp http(simulator->port());
  const RawReply reply = http.Post(kChat, kStream);
  EXPECT_EQ(reply.status, 429);
  EXPECT_TRUE(reply.HasHeader("Retry-After: -1\r\n"));
  EXPECT_TRUE(reply.HasHeader("x-should-retry: false\r\n"));
  const Json json = *ParseJson(reply.body);
  EXPECT_EQ(json["error"]["code"], "insufficient_quota");
  EXPECT_EQ(json["error"]["type"], "insufficient_quota");
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kError);
  EXPECT_EQ(Last(*simulator).fault, "fault");
  EXPECT_EQ(http.Post(kChat, kPlain).status, 429);
}

void CutEverywhere(std::string_view body) {
  const auto simulator = StartWith({});
  const std::size_t size = WholeBody(*simulator, body).size();
  ASSERT_GT(size, 200u);
  for (const CutEnd end : {CutEnd::kClose, CutEnd::kReset}) {
    for (std::size_t at = 0; at < size; ++at) {
      FaultAction action;
      action.cut_after_bytes = static_cast<std::int64_t>(at);
      action.cut_end = end;
      simulator->SetFaults({{"cut", {}, action}});
      RawHttp http(simulator->port());
      const RawReply reply = http.Post(kChat, body);
      ASSERT_EQ(reply.status, 200) << at;
      ASSERT_FALSE(reply.whole) << at;
      // Chunked bodies are read chunk by chunk: what came is a prefix that ends at the cut.
      ASSERT_EQ(reply.body.size(), at);
      ASSERT_EQ(Last(*simulator).outcome, ServedOutcome::kCut);
      ASSERT_EQ(Last(*simulator).bytes_sent, static_cast<std::int64_t>(at));
      ASSERT_EQ(reply.reset, end == CutEnd::kReset) << at;
      ASSERT_EQ(reply.closed, end == CutEnd::kClose) << at;
    }
  }
}

TEST(SimulatorFaults, PlainAnswerCutAtEveryByte) { CutEverywhere(kPlain); }
TEST(SimulatorFaults, StreamCutAtEveryByte) { CutEverywhere(kStream); }

TEST(SimulatorFaults, CleanCutLooksWhole) {
  FaultAction action;
  action.cut_after_bytes = 300;
  action.cut_end = CutEnd::kClean;
  const auto simulator = StartWith(action);
  const RawReply reply = RawHttp(simulator->port()).Post(kChat, kStream);
  EXPECT_TRUE(reply.whole);
  EXPECT_EQ(reply.body.size(), 300u);
  EXPECT_FALSE(ReadSse(reply.body).done);
}

TEST(SimulatorFaults, ResetAndHang) {
  FaultAction action;
  action.reset = true;
  auto simulator = StartWith(action);
  EXPECT_TRUE(RawHttp(simulator->port()).Post(kChat, kPlain).reset);
  EXPECT_EQ(Last(*simulator).status, 0);
  action = {};
  action.hang = true;
  simulator = StartWith(action);
  {
    RawHttp http(simulator->port(), 50);
    EXPECT_TRUE(http.Post(kChat, kPlain).timed_out || http.Read().status == 0);
    EXPECT_EQ(simulator->Counts().in_flight, 1);
  }
  while (simulator->Counts().in_flight > 0) std::this_thread::yield();
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kClientGone);
}

TEST(SimulatorFaults, WhatHangsGoesOnWhenItIsLetGo) {
  FaultAction action;
  action.hang = true;
  const auto simulator = StartWith(action);
  RawHttp http(simulator->port());
  ASSERT_TRUE(http.SendPost(kChat, kPlain));
  while (simulator->Counts().in_flight == 0) std::this_thread::yield();
  simulator->Unhang();
  EXPECT_EQ(http.Read().status, 200);
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kComplete);
}

TEST(SimulatorFaults, StallForAWhileOrForEver) {
  FaultAction action;
  action.stall_after_bytes = 150;
  action.stall_ms = 60;
  auto simulator = StartWith(action);
  const auto start = std::chrono::steady_clock::now();
  const RawReply reply = RawHttp(simulator->port()).Post(kChat, kStream);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(55));
  EXPECT_TRUE(ReadSse(reply.body).done);
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kComplete);
  action.stall_ms = -1;
  simulator = StartWith(action);
  RawHttp http(simulator->port(), 50);
  const RawReply stalled = http.Post(kChat, kStream);
  EXPECT_EQ(stalled.status, 200);
  EXPECT_FALSE(stalled.whole);
  EXPECT_EQ(stalled.body.size(), 150u);
  EXPECT_EQ(simulator->Counts().in_flight, 1);
}

TEST(SimulatorFaults, CommentsForever) {
  FaultAction action;
  action.comments_forever = true;
  const auto simulator = StartWith(action);
  RawHttp http(simulator->port());
  http.SendPost(kChat, kStream);
  RawReply reply;
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(http.Fill(reply));
  http.Close();
  while (simulator->Counts().in_flight > 0) std::this_thread::yield();
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kClientGone);
}

TEST(SimulatorFaults, ErrorInTheStream) {
  FaultAction action;
  action.error_after_bytes = 1;
  const auto simulator = StartWith(action);
  RawHttp http(simulator->port());
  const RawReply reply = http.Post(kChat, kStream);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.whole);
  const SseReading read = ReadSse(reply.body);
  EXPECT_FALSE(read.malformed);
  EXPECT_TRUE(read.done);
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_TRUE(read.events[1].contains("error"));
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kError);
  EXPECT_TRUE((*ParseJson(http.Post(kChat, kPlain).body)).contains("error"));
}

TEST(SimulatorFaults, MissingEnds) {
  FaultAction action;
  action.no_done = true;
  auto simulator = StartWith(action);
  SseReading read = ReadSse(RawHttp(simulator->port()).Post(kChat, kStream).body);
  EXPECT_FALSE(read.done);
  EXPECT_EQ(read.finish_reason, "stop");
  action = {};
  action.no_finish = true;
  simulator = StartWith(action);
  read = ReadSse(RawHttp(simulator->port()).Post(kChat, kStream).body);
  EXPECT_TRUE(read.done);
  EXPECT_EQ(read.finish_reason, "");
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kError);
}

TEST(SimulatorFaults, BodiesThatAreNoAnswer) {
  FaultAction action;
  action.html_200 = true;
  auto simulator = StartWith(action);
  RawReply reply = RawHttp(simulator->port()).Post(kChat, kPlain);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.HasHeader("Content-Type: text/html\r\n"));
  EXPECT_THAT(reply.body, HasSubstr("502 Bad Gateway"));
  action = {};
  action.garbage = true;
  simulator = StartWith(action);
  reply = RawHttp(simulator->port()).Post(kChat, kPlain);
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(IsJson(reply.body));
  action = {};
  action.body_set = true;
  action.body = "NaN";
  simulator = StartWith(action);
  EXPECT_EQ(RawHttp(simulator->port()).Post(kChat, kPlain).body, "NaN");
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kError);
}

TEST(SimulatorFaults, LengthLargerThanTheBody) {
  FaultAction action;
  action.long_length = true;
  const auto simulator = StartWith(action);
  const RawReply reply = RawHttp(simulator->port()).Post(kChat, kPlain);
  EXPECT_FALSE(reply.whole);
  EXPECT_TRUE(reply.closed);
  EXPECT_TRUE(IsJson(reply.body));
  EXPECT_EQ(Last(*simulator).outcome, ServedOutcome::kCut);
}

TEST(SimulatorFaults, HugeBodiesAreSentInFullToASlowReader) {
  FaultAction action;
  action.huge_bytes = 20 << 20;
  const auto simulator = StartWith(action);
  const RawReply reply = RawHttp(simulator->port()).Post(kChat, kStream);
  EXPECT_TRUE(reply.whole);
  EXPECT_GT(reply.body.size(), static_cast<std::size_t>(20 << 20));
  EXPECT_EQ(Last(*simulator).bytes_sent, static_cast<std::int64_t>(reply.body.size()));
}

TEST(SimulatorFaults, OnlyTheFirstTryFails) {
  FaultAction action;
  action.status = 503;
  FaultMatch match;
  match.first_tries = 1;
  const auto simulator = StartWith(action, match);
  RawHttp http(simulator->port());
  EXPECT_EQ(http.Post(kChat, kPlain).status, 503);
  EXPECT_EQ(http.Post(kChat, kStream).status, 503);
  EXPECT_EQ(http.Post(kChat, kPlain).status, 200);
  EXPECT_EQ(http.Post(kChat, kStream).status, 200);
  const LedgerCounts counts = simulator->Counts();
  EXPECT_EQ(counts.error, 2);
  EXPECT_EQ(counts.complete, 2);
  EXPECT_EQ(Last(*simulator).fault, "");
}

}  // namespace
}  // namespace assay
