// RedisConnection against a server that misbehaves, and against a real one that goes away.
#include "coordinator/store/redis_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <optional>

#include "common/base/log.h"
#include "coordinator/store/redis_settings.h"
#include "tests/fakes/inbox_executor.h"
#include "tests/fakes/redis_server.h"
#include "tests/fakes/scripted_redis.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kMaster[] = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";

RedisReply Setting(const std::string& name, const std::string& value) {
  RedisReply reply;
  reply.kind = RedisReply::Kind::kArray;
  for (const std::string& text : {name, value}) {
    reply.elements.push_back({RedisReply::Kind::kText, 0, text, {}});
  }
  return reply;
}

TEST(RedisSettings, EachThatLosesWritesIsSaidWithWhatIsExpected) {
  EXPECT_THAT(RedisSettingsProblems({Setting("appendonly", "yes"), Setting("appendfsync", "always"),
                                     Setting("maxmemory-policy", "noeviction")}),
              testing::IsEmpty());
  EXPECT_THAT(
      RedisSettingsProblems({Setting("appendonly", "no"), Setting("appendfsync", "everysec"),
                             Setting("maxmemory-policy", "allkeys-lru")}),
      ElementsAre(HasSubstr("appendonly is no, expected yes"),
                  HasSubstr("appendfsync is everysec, expected always"),
                  HasSubstr("maxmemory-policy is allkeys-lru, expected noeviction")));
  RedisReply forbidden;
  forbidden.kind = RedisReply::Kind::kError;
  forbidden.text = "NOPERM this user has no permissions to run the 'config|get' command";
  EXPECT_THAT(RedisSettingsProblems({Setting("appendonly", "yes"), forbidden,
                                     Setting("maxmemory-policy", "noeviction")}),
              ElementsAre(testing::AllOf(HasSubstr("appendfsync cannot be asked for (NOPERM"),
                                         HasSubstr("expected always"))));
  EXPECT_EQ(RedisSettingsProblems({}).size(), 3u);
}

TEST(RedisSettings, ARealServerAnswersTheQuestions) {
  if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
  const auto problems = [](const RedisServer& server) {
    std::vector<RedisReply> replies;
    for (const auto& question : RedisSettingsQuestions()) replies.push_back(server.Run(question));
    return RedisSettingsProblems(replies);
  };
  RedisServerOptions durable;
  durable.appendfsync = "always";
  const RedisServer good(durable);
  EXPECT_THAT(problems(good), testing::IsEmpty());
  const RedisServer bad;
  EXPECT_THAT(problems(bad), testing::Contains(HasSubstr("appendonly is no")));
}

class RedisConnectionTest : public testing::Test {
 protected:
  RedisConnectionTest() { SetLogLevel(LogLevel::kError); }

  // ROLE says master, scripts load; everything else is up to `script`.
  static ScriptedRedis::Script Healthy(ScriptedRedis::Script script) {
    return [script = std::move(script)](const std::vector<std::string>& command) -> std::string {
      if (command[0] == "ROLE") return kMaster;
      if (command[0] == "SCRIPT") return "+hash\r\n";
      return script(command);
    };
  }
  static RedisConnectionOptions To(const std::string& address) {
    RedisConnectionOptions options;
    options.servers = {address};
    options.session.io_timeout = absl::Milliseconds(300);
    options.first_backoff = absl::Milliseconds(1);
    options.last_backoff = absl::Milliseconds(5);
    return options;
  }
  void Connect(RedisConnectionOptions options) {
    connection_ = std::make_unique<RedisConnection>(executor_, std::move(options));
  }
  absl::StatusOr<RedisAnswer> Ask(RedisCommand command) {
    std::optional<absl::StatusOr<RedisAnswer>> answer;
    connection_->Send(std::move(command),
                      [&](absl::StatusOr<RedisAnswer> a) { answer = std::move(a); });
    EXPECT_FALSE(answer.has_value());
    if (!executor_.RunUntil([&] { return answer.has_value(); })) return Internal("no answer");
    return *std::move(answer);
  }
  absl::StatusOr<RedisAnswer> Ask(std::vector<std::string> command) {
    return Ask(RedisCommand{nullptr, {}, std::move(command)});
  }
  absl::Status StatusFor(const std::string& reply) {
    ScriptedRedis server(Healthy([&](const auto&) { return reply; }));
    Connect(To(server.address()));
    const absl::Status status = Ask({"GET", "k"}).status();
    connection_.reset();
    return status;
  }

  InboxExecutor executor_;
  std::unique_ptr<RedisConnection> connection_;
};

TEST_F(RedisConnectionTest, ErrorRepliesAreClassified) {
  for (const char* error :
       {"READONLY You can't write", "LOADING Redis is loading", "MASTERDOWN Link is down",
        "MISCONF disk", "NOREPLICAS Not enough", "OOM command not allowed", "BUSY Redis is busy",
        "TRYAGAIN Multiple keys", "MOVED 3999 127.0.0.1:6381", "ASK 3999 127.0.0.1:6381"}) {
    EXPECT_EQ(StatusFor("-" + std::string(error) + "\r\n").code(), absl::StatusCode::kUnavailable)
        << error;
  }
  for (const char* error : {"ERR unknown command", "WRONGTYPE Operation", "BUSYGROUP exists",
                            "NOPERM no", "ASKING", "oom lower", ""}) {
    EXPECT_EQ(StatusFor("-" + std::string(error) + "\r\n").code(), absl::StatusCode::kInternal)
        << error;
  }
}

TEST_F(RedisConnectionTest, BytesThatAreNoReplyLeaveTheOutcomeUnknown) {
  for (const char* reply :
       {"", "?what\r\n", "$5\r\nab", "$99999999999999999999\r\n", "$99999999999\r\nxx", "*-7\r\n",
        "<hang up>", "$5\r\nab<hang up>", "%1\r\n+k\r\n+v\r\n", ":notanumber\r\n"}) {
    EXPECT_EQ(StatusFor(reply).code(), absl::StatusCode::kUnavailable) << reply;
  }
}

TEST_F(RedisConnectionTest, ARepliesSizeIsLimited) {
  ScriptedRedis server(
      Healthy([](const auto&) { return "$3000000\r\n" + std::string(3'000'000, 'x') + "\r\n"; }));
  RedisConnectionOptions options = To(server.address());
  options.session.max_reply_bytes = 1'000'000;
  Connect(options);
  const absl::Status status = Ask({"GET", "k"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("larger than 1000000 bytes"));
}

TEST_F(RedisConnectionTest, HostileErrorTextIsCutAndEscaped) {
  const absl::Status status = StatusFor("-ERR \x1b[31m" + std::string(5000, 'A') + "\r\n");
  EXPECT_LT(status.message().size(), 200u);
  EXPECT_EQ(status.message().find('\x1b'), absl::string_view::npos);
}

TEST_F(RedisConnectionTest, NilIsAnAnswer) {
  ScriptedRedis server(Healthy([](const auto&) { return "$-1\r\n"; }));
  Connect(To(server.address()));
  EXPECT_EQ(Ask({"GET", "k"})->reply.kind, RedisReply::Kind::kNil);
}

TEST_F(RedisConnectionTest, WhatWasInFlightIsUnknownAndWhatCameBeforeIsNot) {
  ScriptedRedis server(Healthy([](const std::vector<std::string>& command) -> std::string {
    return command[1] == "bad" ? ScriptedRedis::kHangUp : "+" + command[1] + "\r\n";
  }));
  Connect(To(server.address()));
  std::vector<std::string> answers;
  for (const char* word : {"a", "bad", "b"}) {
    connection_->Send({nullptr, {}, {"ECHO", word}}, [&](absl::StatusOr<RedisAnswer> answer) {
      answers.push_back(answer.ok() ? answer->reply.text : "unknown");
    });
  }
  ASSERT_TRUE(executor_.RunUntil([&] { return answers.size() == 3; }));
  // "b" was in the same batch, or went over the next connection.
  EXPECT_THAT(answers, ElementsAre("a", "unknown", testing::AnyOf("unknown", "b")));
  EXPECT_EQ(Ask({"ECHO", "c"})->reply.text, "c");
}

TEST_F(RedisConnectionTest, AReplicaIsNotTalkedTo) {
  ScriptedRedis server([](const std::vector<std::string>& command) -> std::string {
    return command[0] == "ROLE" ? "*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n+connected\r\n:9\r\n"
                                : "+OK\r\n";
  });
  Connect(To(server.address()));
  const absl::Status status = Ask({"SET", "k", "v"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("slave, not the master"));
}

TEST_F(RedisConnectionTest, ReadOnlyMeansConnectingAnew) {
  int asked = 0;
  ScriptedRedis server(Healthy([&](const auto&) -> std::string {
    return ++asked == 1 ? "-READONLY You can't write against a read only replica.\r\n" : "+OK\r\n";
  }));
  Connect(To(server.address()));
  EXPECT_TRUE(absl::IsUnavailable(Ask({"SET", "k", "v"}).status()));
  EXPECT_EQ(Ask({"SET", "k", "v"})->connection, 2u);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(RedisConnectionTest, UnknownScriptIsSentOnceWithItsText) {
  const RedisScript script{"s", "return 1"};
  std::vector<std::string> calls;
  ScriptedRedis server(Healthy([&](const std::vector<std::string>& command) -> std::string {
    calls.push_back(command[0]);
    return "-NOSCRIPT No matching script.\r\n";
  }));
  RedisConnectionOptions options = To(server.address());
  options.scripts = {&script};
  Connect(options);
  EXPECT_TRUE(absl::IsUnavailable(Ask(RedisCommand{&script, {"k"}, {"a"}}).status()));
  EXPECT_THAT(calls, ElementsAre("EVALSHA", "EVAL"));
}

TEST_F(RedisConnectionTest, NobodyThere) {
  Connect(To("unix:/nonexistent/redis.sock"));
  EXPECT_TRUE(absl::IsUnavailable(Ask({"PING"}).status()));
  for (const char* bad : {"localhost", "localhost:", "localhost:99999", ":6379", "h:12x"}) {
    Connect(To(bad));
    EXPECT_THAT(std::string(Ask({"PING"}).status().message()), HasSubstr("no address")) << bad;
  }
}

TEST_F(RedisConnectionTest, EndsWhileAReplyIsAwaited) {
  ScriptedRedis server(Healthy([](const auto&) { return ""; }));
  RedisConnectionOptions options = To(server.address());
  options.session.io_timeout = absl::Minutes(10);
  Connect(options);
  connection_->Send({nullptr, {}, {"PING"}}, [](absl::StatusOr<RedisAnswer>) {});
  while (server.connections() == 0) std::this_thread::yield();
  connection_.reset();
}

TEST_F(RedisConnectionTest, FirstThingsFirstAfterEveryConnect) {
  if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
  RedisServer server;
  Connect(To(server.address()));
  connection_->OnConnect([](std::uint64_t connection) {
    std::vector<RedisRequest> first;
    for (const char* mark : {"first", "second"}) {
      first.push_back({{nullptr, {}, {"RPUSH", "l", mark + std::to_string(connection)}},
                       [](absl::StatusOr<RedisAnswer>) {}});
    }
    return first;
  });
  for (int i = 0; i < 3; ++i) (void)Ask({"RPUSH", "l", "own"});
  server.Run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  EXPECT_TRUE(absl::IsUnavailable(Ask({"RPUSH", "l", "lost"}).status()));
  std::vector<std::string> list;
  const absl::StatusOr<RedisAnswer> stored = Ask({"LRANGE", "l", "0", "-1"});
  ASSERT_TRUE(stored.ok()) << stored.status();
  for (const RedisReply& element : stored->reply.elements) list.push_back(element.text);
  EXPECT_THAT(list, ElementsAre("first1", "second1", "own", "own", "own", "first2", "second2"));
}

TEST_F(RedisConnectionTest, OrderHoldsOverManyBatchesAndThreads) {
  if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
  RedisServer server({.tcp = true});
  Connect(To(server.address()));
  int answered = 0;
  bool ordered = true;
  for (int i = 1; i <= 5000; ++i) {
    connection_->Send({nullptr, {}, {"INCR", "n"}}, [&, i](absl::StatusOr<RedisAnswer> answer) {
      ordered = ordered && answer.ok() && answer->reply.integer == i;
      ++answered;
    });
  }
  ASSERT_TRUE(executor_.RunUntil([&] { return answered == 5000; }));
  EXPECT_TRUE(ordered);
}

TEST_F(RedisConnectionTest, ComesBackWithTheServer) {
  if (!RedisServer::Installed()) GTEST_SKIP() << RedisServer::kMissing;
  RedisServer server({.appendfsync = "always"});
  Connect(To(server.address()));
  ASSERT_TRUE(Ask({"SET", "k", "v"}).ok());
  server.Kill();
  EXPECT_TRUE(absl::IsUnavailable(Ask({"GET", "k"}).status()));
  EXPECT_TRUE(absl::IsUnavailable(Ask({"GET", "k"}).status()));
  server.Start();
  absl::StatusOr<RedisAnswer> answer = Ask({"GET", "k"});
  while (absl::IsUnavailable(answer.status())) answer = Ask({"GET", "k"});
  EXPECT_EQ(answer->reply.text, "v");
}

}  // namespace
}  // namespace assay
