#include "simulator/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "common/base/digest.h"
#include "common/json/json.h"
#include "simulator/profile_text.h"
#include "tests/unit/simulator/raw_http.h"
#include "tests/unit/simulator/sse_text.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr char kChat[] = "/v1/chat/completions";
constexpr char kPrompt[] = "Write a 300-word note about rivers.";

std::string Body(const std::string& model, const std::string& more = "",
                 const std::string& prompt = kPrompt) {
  return R"({"model":")" + model + R"(","messages":[{"role":"user","content":")" + prompt + "\"}]" +
         more + "}";
}

std::string Stream(const std::string& model) {
  return Body(model, R"(,"stream":true,"stream_options":{"include_usage":true})");
}

std::unique_ptr<Simulator> StartOrDie(SimulatorOptions options = {}) {
  auto simulator = Simulator::Start(std::move(options));
  EXPECT_TRUE(simulator.ok()) << simulator.status();
  return *std::move(simulator);
}

std::string Expected(const std::string& profile, std::int64_t max_tokens = 0,
                     std::uint64_t seed = 0) {
  return WriteProfileText({profile, kPrompt, seed, max_tokens}).text;
}

TEST(Simulator, PlainChatOnOneConnection) {
  const auto simulator = StartOrDie();
  RawHttp http(simulator->port());
  for (int i = 0; i < 3; ++i) {
    const RawReply reply = http.Post(kChat, Body("sim/strong", R"(,"seed":5,"max_tokens":5000)"));
    ASSERT_EQ(reply.status, 200) << reply.body;
    ASSERT_TRUE(reply.whole);
    const Json json = *ParseJson(reply.body);
    EXPECT_EQ(json["choices"][0]["message"]["content"], Expected("sim/strong", 5000, 5));
    EXPECT_EQ(json["choices"][0]["finish_reason"], "stop");
    EXPECT_EQ(json["system_fingerprint"], "assay-simulator-1");
    EXPECT_EQ(json["model"], "sim/strong");
    EXPECT_GT(json["usage"]["completion_tokens"].get<int>(), 100);
    EXPECT_EQ(json["usage"]["total_tokens"], json["usage"]["completion_tokens"].get<int>() +
                                                 json["usage"]["prompt_tokens"].get<int>());
  }
}

TEST(Simulator, StreamIsTheSameTextInEvents) {
  SimulatorOptions options;
  options.chunk_tokens = 3;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  for (int i = 0; i < 2; ++i) {
    const RawReply reply = http.Post(kChat, Stream("sim/reasoner"));
    EXPECT_TRUE(reply.whole);
    EXPECT_TRUE(reply.HasHeader("Content-Type: text/event-stream"));
    const SseReading read = ReadSse(reply.body);
    EXPECT_FALSE(read.malformed);
    EXPECT_TRUE(read.done);
    EXPECT_EQ(read.text, Expected("sim/reasoner"));
    EXPECT_FALSE(read.reasoning.empty());
    EXPECT_EQ(read.finish_reason, "stop");
    EXPECT_GT(read.usage["completion_tokens_details"]["reasoning_tokens"].get<int>(), 0);
    EXPECT_EQ(read.events.front()["choices"][0]["delta"]["content"], "");
    EXPECT_TRUE(read.events.front()["usage"].is_null());
    EXPECT_TRUE(read.events.back()["choices"].empty());
  }
}

TEST(Simulator, CompletionsStopAndTruncation) {
  const auto simulator = StartOrDie();
  RawHttp http(simulator->port());
  const std::string body = std::string(R"({"model":"sim/strong","prompt":")") + kPrompt + "\"";
  Json json = *ParseJson(http.Post("/v1/completions", body + R"(,"max_tokens":20})").body);
  EXPECT_EQ(json["object"], "text_completion");
  EXPECT_EQ(json["choices"][0]["text"], Expected("sim/strong", 20));
  EXPECT_EQ(json["choices"][0]["finish_reason"], "length");
  json = *ParseJson(http.Post("/v1/completions", body + R"(,"stop":["\n\n## "]})").body);
  const std::string whole = Expected("sim/strong");
  EXPECT_EQ(json["choices"][0]["text"], whole.substr(0, whole.find("\n\n## ")));
  EXPECT_EQ(json["choices"][0]["finish_reason"], "stop");
  const SseReading read = ReadSse(http.Post("/v1/completions", body + R"(,"stream":true})").body);
  EXPECT_EQ(read.text, whole);
  EXPECT_TRUE(read.done);
}

TEST(Simulator, RefusalAndEmpty) {
  const auto simulator = StartOrDie();
  RawHttp http(simulator->port());
  Json json = *ParseJson(http.Post(kChat, Body("sim/refuse")).body);
  EXPECT_TRUE(json["choices"][0]["message"]["content"].is_null());
  EXPECT_THAT(json["choices"][0]["message"]["refusal"].get<std::string>(), HasSubstr("can't"));
  json = *ParseJson(http.Post(kChat, Body("sim/empty")).body);
  EXPECT_EQ(json["choices"][0]["message"]["content"], "");
}

TEST(Simulator, RoutesAndErrors) {
  SimulatorOptions options;
  options.api_key = "secret";
  options.body_bytes_max = 2000;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  const std::string key = "Authorization: Bearer secret\r\n";
  EXPECT_EQ(http.Get("/health").body, R"({"status":"ok"})");
  EXPECT_EQ(http.Get("/v1/models").status, 401);
  EXPECT_THAT(http.Get("/v1/models", key).body, HasSubstr(R"("id":"sim/strong")"));
  EXPECT_EQ(http.Get("/nowhere").status, 404);
  EXPECT_EQ(http.Get(kChat).status, 405);
  RawReply reply = http.Post(kChat, Body("sim/strong"));
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ((*ParseJson(reply.body))["error"]["code"], "invalid_api_key");
  EXPECT_EQ(http.Post(kChat, Body("sim/strong"), "Authorization: Bearer secrets\r\n").status, 401);
  EXPECT_EQ(http.Post(kChat, Body("sim/strong"), key).status, 200);
  reply = http.Post(kChat, "{\"model\":", key);
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("could not be parsed as JSON"));
  EXPECT_THAT(http.Post(kChat, R"({"model":"sim/strong"})", key).body, HasSubstr("'messages'"));
  EXPECT_THAT(http.Post(kChat, Body("sim/strong", R"(,"max_tokens":0)"), key).body,
              HasSubstr("'max_tokens'"));
  reply = http.Post(kChat, Body("gpt-9"), key);
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ((*ParseJson(reply.body))["error"]["code"], "model_not_found");
  reply = http.Post(kChat, std::string(3000, ' '), key);
  EXPECT_EQ(reply.status, 413);
  EXPECT_TRUE(reply.whole);
  const std::vector<LedgerEntry> entries = simulator->LedgerEntries();
  ASSERT_EQ(entries.size(), 7u);
  EXPECT_EQ(entries[0].status, 401);
  EXPECT_EQ(entries[0].outcome, ServedOutcome::kError);
  EXPECT_EQ(entries[2].outcome, ServedOutcome::kComplete);
  EXPECT_EQ(entries[3].model, "");
}

TEST(Simulator, OptionsAreChecked) {
  SimulatorOptions options;
  options.host = "0.0.0.0";
  EXPECT_TRUE(absl::IsInvalidArgument(Simulator::Start(options).status()));
  options = {};
  options.chunk_tokens = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(Simulator::Start(options).status()));
  options = {};
  options.replay_dir = "/no/such/folder";
  EXPECT_TRUE(absl::IsNotFound(Simulator::Start(options).status()));
  const auto first = StartOrDie();
  options = {};
  options.port = first->port();
  EXPECT_TRUE(absl::IsUnavailable(Simulator::Start(options).status()));
  EXPECT_EQ(first->base_url(), "http://127.0.0.1:" + std::to_string(first->port()) + "/v1");
}

TEST(Simulator, LedgerIsExactUnderConcurrency) {
  const auto simulator = StartOrDie();
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      RawHttp http(simulator->port());
      for (int i = 0; i < kEach; ++i) {
        const std::string seed = ",\"seed\":" + std::to_string(t * kEach + i);
        const RawReply reply = http.Post(kChat, Body("sim/strong", seed));
        EXPECT_EQ(reply.status, 200);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const LedgerCounts counts = simulator->Counts();
  EXPECT_EQ(counts.complete, kThreads * kEach);
  EXPECT_EQ(counts.Total(), kThreads * kEach);
  std::set<std::string> bodies;
  std::set<std::string> ids;
  std::int64_t order = 0;
  for (const LedgerEntry& entry : simulator->LedgerEntries()) {
    EXPECT_EQ(entry.order, ++order);
    EXPECT_EQ(entry.outcome, ServedOutcome::kComplete);
    EXPECT_EQ(entry.prompt_sha256, Sha256Hex(kPrompt));
    EXPECT_GT(entry.bytes_sent, entry.completion_tokens);
    bodies.insert(entry.body_sha256);
    ids.insert(entry.id);
  }
  EXPECT_EQ(bodies.size(), static_cast<std::size_t>(kThreads * kEach));
  EXPECT_EQ(ids.size(), bodies.size());
  RawHttp http(simulator->port());
  const Json ledger = *ParseJson(http.Get("/ledger?after=398").body);
  EXPECT_EQ(ledger["counts"]["complete"], 400);
  ASSERT_EQ(ledger["requests"].size(), 2u);
  EXPECT_EQ(ledger["requests"][0]["order"], 399);
  EXPECT_EQ(ledger["requests"][0]["outcome"], "complete");
}

// Waits, by asking over HTTP, until the ledger has `gone` clients that went away.
Json LedgerWithGone(int port, int gone) {
  RawHttp http(port);
  for (int i = 0; i < 10000; ++i) {
    Json ledger = *ParseJson(http.Get("/ledger").body);
    if (ledger["counts"]["client_gone"] >= gone) return ledger;
  }
  return Json();
}

TEST(Simulator, ClientsThatGoAwayAreInTheLedger) {
  SimulatorOptions options;
  options.tokens_per_s = 10;
  const auto simulator = StartOrDie(options);
  {
    RawHttp http(simulator->port());
    http.SendPost(kChat, Stream("sim/strong"));
    RawReply reply;
    ASSERT_TRUE(http.Fill(reply));
  }
  {
    RawHttp http(simulator->port());
    http.SendPost(kChat, Body("sim/strong"));
    while (simulator->Counts().in_flight == 0) std::this_thread::yield();
  }
  const Json ledger = LedgerWithGone(simulator->port(), 2);
  ASSERT_EQ(ledger["counts"]["client_gone"], 2);
  EXPECT_EQ(ledger["counts"]["in_flight"], 0);
  EXPECT_EQ(ledger["requests"][0]["outcome"], "client_gone");
  EXPECT_EQ(ledger["requests"][0]["status"], 200);
  EXPECT_GT(ledger["requests"][0]["bytes_sent"].get<int>(), 0);
  EXPECT_EQ(ledger["requests"][1]["status"], 0);
}

TEST(Simulator, StopCutsWhatIsOpenAndKeepsTheLedger) {
  SimulatorOptions options;
  options.latency_ms = 1e6;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  http.SendPost(kChat, Body("sim/strong"));
  while (simulator->Counts().in_flight == 0) std::this_thread::yield();
  std::thread waiter([&] { simulator->Wait(); });
  simulator->Stop();
  waiter.join();
  EXPECT_FALSE(http.Read().whole);
  ASSERT_EQ(simulator->LedgerEntries().size(), 1u);
  EXPECT_EQ(simulator->LedgerEntries()[0].outcome, ServedOutcome::kCut);
  EXPECT_FALSE(RawHttp(simulator->port()).connected());
}

TEST(Simulator, FullSlotsAnswer429) {
  SimulatorOptions options;
  options.slots = 1;
  options.latency_ms = 1e6;
  const auto simulator = StartOrDie(options);
  auto first = std::make_unique<RawHttp>(simulator->port());
  first->SendPost(kChat, Body("sim/strong"));
  while (simulator->Counts().in_flight == 0) std::this_thread::yield();
  RawHttp second(simulator->port());
  const RawReply reply = second.Post(kChat, Body("sim/strong"));
  EXPECT_EQ(reply.status, 429);
  EXPECT_TRUE(reply.HasHeader("Retry-After: 1\r\n"));
  EXPECT_TRUE(reply.HasHeader("x-ratelimit-remaining-requests: 0\r\n"));
  EXPECT_EQ((*ParseJson(reply.body))["error"]["code"], "rate_limit_exceeded");
}

TEST(Simulator, PacedAnswersTakeTheirTime) {
  SimulatorOptions options;
  options.latency_ms = 30;
  options.tokens_per_s = 10000;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  const auto start = std::chrono::steady_clock::now();
  const RawReply reply = http.Post(kChat, Stream("sim/strong"));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const SseReading read = ReadSse(reply.body);
  EXPECT_EQ(read.text, Expected("sim/strong"));
  const double least = 0.03 + read.usage["completion_tokens"].get<double>() / 10000;
  EXPECT_GE(took.count(), least * 0.95);
}

TEST(SimulatorLlama, ClosesAfterAStreamThoughItAnnouncesKeepAlive) {
  SimulatorOptions options;
  options.dialect = SimulatorDialect::kLlama;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  RawReply reply = http.Post(kChat, Body("sim/strong"));
  EXPECT_TRUE(reply.head.ends_with("Keep-Alive: timeout=5, max=100\r\n"));
  EXPECT_TRUE((*ParseJson(reply.body))["timings"].is_object());
  EXPECT_TRUE(reply.body.starts_with("{\"choices\":"));
  reply = http.Post(kChat, Stream("sim/strong"));
  EXPECT_TRUE(reply.HasHeader("Keep-Alive: timeout=5, max=100\r\n"));
  EXPECT_TRUE(http.ReadsClose());
  const SseReading read = ReadSse(reply.body);
  EXPECT_EQ(read.text, Expected("sim/strong"));
  EXPECT_TRUE(read.events.front()["choices"][0]["delta"]["content"].is_null());
  EXPECT_TRUE(read.events.back()["choices"].empty());
  EXPECT_TRUE(read.events.back()["timings"].is_object());
  EXPECT_FALSE(read.events.front().contains("usage"));
}

TEST(SimulatorLlama, ErrorsCloseAndHaveNumericCodes) {
  SimulatorOptions options;
  options.dialect = SimulatorDialect::kLlama;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  const RawReply reply = http.Post(kChat, "{");
  EXPECT_EQ(reply.status, 500);
  EXPECT_TRUE(reply.HasHeader("Connection: close\r\n"));
  EXPECT_TRUE(http.ReadsClose());
  EXPECT_EQ((*ParseJson(reply.body))["error"]["code"], 500);
  RawHttp other(simulator->port());
  const Json json = *ParseJson(other.Get("/v1/nothing").body);
  EXPECT_EQ(json["error"]["type"], "not_found_error");
  RawHttp rootless(simulator->port());
  EXPECT_EQ(rootless.Post("/chat/completions", Body("sim/strong")).status, 200);
}

TEST(SimulatorLlama, TheHundredthAnswerClosesAndPipeliningEndsTheConnection) {
  SimulatorOptions options;
  options.dialect = SimulatorDialect::kLlama;
  const auto simulator = StartOrDie(options);
  RawHttp http(simulator->port());
  for (int i = 1; i < 100; ++i) {
    ASSERT_FALSE(http.Post(kChat, Body("sim/empty")).HasHeader("Connection: close")) << i;
  }
  EXPECT_TRUE(http.Post(kChat, Body("sim/empty")).HasHeader("Connection: close"));
  EXPECT_TRUE(http.ReadsClose());
  RawHttp two(simulator->port());
  const std::string get = "GET /health HTTP/1.1\r\n\r\n";
  two.Send(get + get);
  EXPECT_TRUE(two.Read().whole);
  EXPECT_EQ(two.Read().status, 0);
}

TEST(SimulatorLlama, MoreCallsThanSlotsQueueInOrder) {
  SimulatorOptions options;
  options.dialect = SimulatorDialect::kLlama;
  options.slots = 1;
  options.latency_ms = 20;
  const auto simulator = StartOrDie(options);
  std::vector<std::unique_ptr<RawHttp>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<RawHttp>(simulator->port()));
    clients.back()->SendPost(kChat, Body("sim/strong"));
    while (simulator->Counts().Total() <= i) std::this_thread::yield();
  }
  clients[2].reset();
  for (int i = 0; i < 6; ++i) {
    if (i != 2) {
      EXPECT_EQ(clients[static_cast<std::size_t>(i)]->Read().status, 200);
    }
  }
  EXPECT_EQ(LedgerWithGone(simulator->port(), 1)["counts"]["complete"], 5);
}

}  // namespace
}  // namespace assay
