#include "cli/embedded/metered_clients.h"

#include <gtest/gtest.h>

#include "cli/embedded/metric_labels.h"
#include "tests/fakes/fake_executor.h"
#include "tests/fakes/fake_work_client.h"
#include "tests/fakes/recorded_metrics.h"
#include "tests/fakes/scripted_chat_client.h"

namespace assay {
namespace {

class MeteredWorkClientTest : public ::testing::Test {
 protected:
  void Sync(v1::SyncRequest request, absl::StatusOr<v1::SyncResponse> answer,
            absl::Duration takes = absl::ZeroDuration()) {
    request.set_agent_id("agent");
    client_.Sync(std::move(request), [](absl::StatusOr<v1::SyncResponse>) {});
    executor_.Advance(takes);
    inner_.Answer(std::move(answer));
    executor_.RunReady();
  }

  static v1::SyncResponse Starts(const std::string& attempt) {
    v1::SyncResponse response;
    response.add_start()->set_attempt(attempt);
    response.mutable_start(0)->mutable_unit()->set_kind(v1::UNIT_KIND_GENERATE);
    return response;
  }
  static v1::SyncRequest Runs(const std::string& attempt) {
    v1::SyncRequest request;
    request.add_running()->set_attempt(attempt);
    return request;
  }
  static v1::SyncRequest Finished(const std::string& attempt, v1::Outcome outcome,
                                  v1::ErrorClass error) {
    v1::SyncRequest request;
    v1::FinishedAttempt& finished = *request.add_finished();
    finished.set_attempt(attempt);
    finished.set_outcome(outcome);
    finished.mutable_error()->set_error_class(error);
    finished.mutable_usage()->set_prompt_tokens(30);
    finished.mutable_usage()->set_completion_tokens(70);
    finished.mutable_usage()->set_reasoning_tokens(20);
    return request;
  }
  static v1::SyncResponse Settles(const std::string& attempt, v1::Settlement settlement) {
    v1::SyncResponse response;
    response.add_settled()->set_attempt(attempt);
    response.mutable_settled(0)->set_settlement(settlement);
    return response;
  }

  FakeExecutor executor_;
  FakeWorkClient inner_{executor_};
  RecordedMetrics metrics_;
  MeteredWorkClient client_{inner_, metrics_, executor_.clock()};
};

TEST_F(MeteredWorkClientTest, ALeaseIsHeldFromStartToSettlement) {
  Sync({}, Starts("1.a"));
  EXPECT_EQ(metrics_.Value("assay_leases"), 1);
  executor_.Advance(absl::Seconds(7));
  Sync(Runs("1.a"), v1::SyncResponse());
  EXPECT_EQ(metrics_.Value("assay_oldest_lease_seconds"), 7);
  executor_.Advance(absl::Seconds(2));
  Sync(Finished("1.a", v1::OUTCOME_GENERATED, v1::ERROR_CLASS_UNSPECIFIED),
       Settles("1.a", v1::SETTLEMENT_OK));
  EXPECT_EQ(metrics_.Value("assay_leases"), 0);
  EXPECT_EQ(metrics_.Value("assay_oldest_lease_seconds"), 0);
  EXPECT_EQ(metrics_.Value("assay_lease_hold_seconds kind=generate"), 9);
  EXPECT_EQ(metrics_.Value("assay_settlements_total settlement=ok"), 1);
  EXPECT_EQ(metrics_.Value("assay_unit_attempts_total class=ok"), 1);
  EXPECT_EQ(metrics_.Value("assay_wasted_tokens_total reason=failed"), -1) << "nothing was wasted";
  EXPECT_EQ(metrics_.Value("assay_syncs_total result=answered"), 3);
}

TEST_F(MeteredWorkClientTest, AnAttemptThatItsAgentDropsIsHeldNoMore) {
  Sync({}, Starts("1.a"));
  Sync({}, Starts("1.a"));  // the agent had not heard of it: repeated
  EXPECT_EQ(metrics_.Value("assay_leases"), 1);
  Sync(Runs("1.a"), v1::SyncResponse());
  Sync({}, v1::SyncResponse());
  EXPECT_EQ(metrics_.Value("assay_leases"), 0);
  EXPECT_EQ(metrics_.Observations("assay_lease_hold_seconds kind=generate"), 0);
}

TEST_F(MeteredWorkClientTest, TokensWithoutAResultAreWasted) {
  Sync(Finished("1.a", v1::OUTCOME_UNSPECIFIED, v1::ERROR_CLASS_INFRA),
       Settles("1.a", v1::SETTLEMENT_OK));
  Sync(Finished("1.b", v1::OUTCOME_GENERATED, v1::ERROR_CLASS_UNSPECIFIED),
       Settles("1.b", v1::SETTLEMENT_STALE));
  EXPECT_EQ(metrics_.Value("assay_wasted_tokens_total reason=failed"), 100)
      << "reasoning is part of completion";
  EXPECT_EQ(metrics_.Value("assay_wasted_tokens_total reason=stale"), 100);
  EXPECT_EQ(metrics_.Value("assay_unit_attempts_total class=infra"), 1);
}

TEST_F(MeteredWorkClientTest, ADuplicateIsSettledButNoSecondAttempt) {
  const auto finished = Finished("1.a", v1::OUTCOME_GENERATED, v1::ERROR_CLASS_UNSPECIFIED);
  Sync(finished, absl::UnavailableError("no leader"));
  EXPECT_EQ(metrics_.Value("assay_syncs_total result=failed"), 1);
  Sync(finished, Settles("1.a", v1::SETTLEMENT_OK));
  Sync(finished, Settles("1.a", v1::SETTLEMENT_DUPLICATE));
  EXPECT_EQ(metrics_.Value("assay_unit_attempts_total class=ok"), 1);
  EXPECT_EQ(metrics_.Value("assay_settlements_total settlement=duplicate"), 1);
  EXPECT_EQ(metrics_.Value("assay_wasted_tokens_total reason=duplicate"), -1);
}

TEST_F(MeteredWorkClientTest, VerdictsCountOnceTheyAreStored) {
  v1::Envelope envelope;
  envelope.set_attempt("1.a");
  envelope.set_unit_id("u");
  v1::Verdict& verdict = *envelope.add_verdicts();
  verdict.set_scorer_id("rubric");
  verdict.set_outcome(v1::OUTCOME_UNJUDGED);
  verdict.mutable_judge_stats()->set_calls(2);
  verdict.mutable_judge_stats()->set_unusable_replies(1);
  v1::FetchInputsRequest fetch;
  fetch.set_attempt("1.a");
  inner_.inputs[""].mutable_judge()->set_id("reader");
  client_.FetchInputs(fetch, [](absl::StatusOr<v1::UnitInputs>) {});
  executor_.RunReady();
  client_.PutEnvelope(envelope, [](absl::StatusOr<std::string>) {});
  EXPECT_EQ(metrics_.Value("assay_verdicts_total outcome=unjudged scorer=rubric"), -1);
  executor_.RunReady();
  EXPECT_EQ(metrics_.Value("assay_verdicts_total outcome=unjudged scorer=rubric"), 1);
  EXPECT_EQ(metrics_.Value("assay_judge_replies_total judge=reader result=unusable scorer=rubric"),
            1);
  EXPECT_EQ(metrics_.Value("assay_judge_replies_total judge=reader result=used scorer=rubric"), 1);
  EXPECT_EQ(metrics_.Observations("assay_envelope_put_seconds"), 1);
}

TEST(MeteredChatClientTest, CallsAndTokensByPurpose) {
  FakeExecutor executor;
  RecordedMetrics metrics;
  ScriptedChatClient inner(executor, [](const LlmCall&, int nth) -> LlmResult {
    if (nth == 1) {
      v1::Error error;
      error.set_error_class(v1::ERROR_CLASS_THROTTLE);
      return error;
    }
    v1::Reply reply;
    reply.mutable_usage()->set_prompt_tokens(5);
    reply.mutable_usage()->set_completion_tokens(-3);
    reply.mutable_timings()->set_first_token_ms(250);
    return reply;
  });
  inner.set_delay([](const LlmCall&, int) { return absl::Seconds(3); });
  MeteredChatClient client(inner, metrics, executor.clock(), "judge");
  for (int i = 0; i < 2; ++i) {
    LlmCall call;
    call.endpoint.set_id("e");
    client.Start(std::move(call), {}, [](LlmResult) {});
  }
  EXPECT_EQ(metrics.Value("assay_calls_in_flight endpoint=e purpose=judge"), 2);
  executor.Advance(absl::Seconds(3));
  EXPECT_EQ(metrics.Value("assay_calls_in_flight endpoint=e purpose=judge"), 0);
  EXPECT_EQ(metrics.Value("assay_calls_total class=ok endpoint=e"), 1);
  EXPECT_EQ(metrics.Value("assay_calls_total class=throttle endpoint=e"), 1);
  EXPECT_EQ(metrics.Value("assay_call_seconds endpoint=e purpose=judge"), 3);
  EXPECT_EQ(metrics.Value("assay_tokens_total endpoint=e kind=prompt purpose=judge"), 5);
  EXPECT_EQ(metrics.Value("assay_tokens_total endpoint=e kind=completion purpose=judge"), 0)
      << "a server's nonsense is not counted";
  EXPECT_EQ(metrics.Value("assay_first_token_seconds endpoint=e"), 0.25);
}

TEST(MetricLabelsTest, AreTheEnumeratorsInLowerCase) {
  EXPECT_EQ(ClassLabel(v1::ERROR_CLASS_UNSPECIFIED), "ok");
  EXPECT_EQ(ClassLabel(v1::ERROR_CLASS_TOO_SLOW), "too_slow");
  EXPECT_EQ(ClassLabel(static_cast<v1::ErrorClass>(999)), "unknown");
  EXPECT_EQ(OutcomeLabel(v1::OUTCOME_INFRA_LOST), "infra_lost");
  EXPECT_EQ(KindLabel(v1::UNIT_KIND_SCORE_JUDGED), "score_judged");
  EXPECT_EQ(SettlementLabel(v1::SETTLEMENT_STALE), "stale");
}

}  // namespace
}  // namespace assay
