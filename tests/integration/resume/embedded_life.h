// A whole embedded run under virtual time, in lives that can be cut short and begun again on what
// the last one left on disk.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "cli/embedded/embedded_session.h"
#include "coordinator/core/fold.h"
#include "coordinator/core/recovery.h"
#include "tests/fakes/fake_blob_store.h"
#include "tests/fakes/fake_executor.h"
#include "tests/fakes/scripted_chat_client.h"
#include "tests/integration/resume/small_run.h"

namespace assay {

// One life of the process.
class Life {
 public:
  Life(const v1::RunRecord& record, std::uint64_t seed,
       ScriptedChatClient::Script answer = SmallAnswer)
      : record_(record), chat_(executor_, std::move(answer)), random_(seed) {
    chat_.set_delay([this](const LlmCall&, int) {
      return absl::Milliseconds(5 + static_cast<std::int64_t>(random_.Below(50)));
    });
    EmbeddedRunOptions run_options;
    run_options.progress_interval = absl::Seconds(1);
    run_options_ = run_options;
  }

  void Begin() {
    session_ = std::make_unique<EmbeddedSession>(
        EmbeddedSeams{.executor = executor_,
                      .clock = executor_.clock(),
                      .blobs = blobs_,
                      .chat = chat_,
                      .metrics = NoMetrics(),
                      .random = random_.Fork()},
        run_options_, record_, [this](EmbeddedResult result) { result_ = std::move(result); });
    session_->Begin();
  }

  bool RunUntil(const std::function<bool()>& done) {
    return executor_.RunUntil(done, absl::Hours(1));
  }

  EmbeddedResult RunToEnd() {
    Begin();
    EXPECT_TRUE(RunUntil([this] { return result_.has_value(); }));
    return result_.value_or(EmbeddedResult());
  }

  std::string Canonical() {
    auto plan = RunPlan::Make(record_, ScorerNeedsCalls);
    EXPECT_TRUE(plan.ok());
    std::map<std::string, v1::Envelope> envelopes;
    auto recovered = RecoverRun(*plan, blobs_, [&](UnitIndex unit, const v1::Envelope& envelope) {
      envelopes[plan->IdOf(unit)] = envelope;
    });
    EXPECT_TRUE(recovered.ok()) << recovered.status();
    auto folded = FoldRun(record_, ScorerNeedsCalls, envelopes);
    EXPECT_TRUE(folded.ok()) << folded.status();
    return CanonicalResults(folded->results);
  }

  const v1::RunRecord& record_;
  FakeExecutor executor_;
  FakeBlobStore blobs_{executor_};
  ScriptedChatClient chat_;
  Random random_;
  EmbeddedRunOptions run_options_;
  std::optional<EmbeddedResult> result_;
  std::unique_ptr<EmbeddedSession> session_;
};

inline std::multiset<std::string> Bodies(const ScriptedChatClient& chat) {
  return {chat.bodies.begin(), chat.bodies.end()};
}

// Which calls of the log's first `count` records are journaled.
inline std::size_t JournaledCalls(const FakeBlobStore& blobs, std::size_t count) {
  std::size_t calls = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (blobs.log[i].key.find("/journal/") != std::string::npos) ++calls;
  }
  return calls;
}

}  // namespace assay
