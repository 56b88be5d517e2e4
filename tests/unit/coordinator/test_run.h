// Small run records, and a coordinator with virtual time, for tests of this folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/version.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/store/memory_run_store.h"
#include "tests/fakes/fake_blob_store.h"
#include "tests/fakes/fake_executor.h"

namespace assay {

inline bool NeedsCallsInTests(const v1::ScorerSpec& scorer) { return scorer.has_rubric(); }

struct TestRunShape {
  int samples = 3;
  int models = 1;
  int repeats = 1;
  bool rules = true;      // length and repetition
  bool judged = true;     // rubric
  bool prepares = false;  // the rubric needs something made once per sample
  int probe_samples = 0;  // of one more model, "probe", without an endpoint; 0: none
  int max_in_flight = 4;
};

// Sample i asks for 1000 * (i + 1) words. One endpoint "gen" for models, "jud" for the judge.
inline v1::RunRecord TestRun(const TestRunShape& shape = {}, const std::string& id = "run-1") {
  v1::RunRecord record;
  record.set_schema(1);
  record.set_run_id(id);
  record.set_run_secret(std::string(32, 's'));
  record.set_binary_version("assay test");
  v1::Suite& suite = *record.add_suites();
  suite.mutable_manifest()->set_name("suite");
  suite.set_digest("sha256:5u173");
  for (int i = 0; i < shape.samples; ++i) {
    v1::Sample& sample = *suite.add_samples();
    sample.set_id("s" + std::to_string(i));
    sample.set_prompt("Write " + std::to_string(i));
    sample.set_required_words(1000 * (i + 1));
  }
  v1::RunSpec& spec = *record.mutable_spec();
  for (const char* name : {"gen", "jud"}) {
    v1::Endpoint& endpoint = *spec.add_endpoints();
    endpoint.set_id(name);
    endpoint.set_max_in_flight(shape.max_in_flight);
  }
  for (int m = 0; m < shape.models; ++m) {
    v1::Model& model = *spec.add_models();
    model.set_id("m" + std::to_string(m));
    model.set_endpoint("gen");
    model.set_model("writer");
  }
  if (shape.probe_samples > 0) {
    v1::Model& probe = *spec.add_models();
    probe.set_id("probe");
    probe.mutable_probe()->set_kind("constant");
    probe.mutable_probe()->set_samples(shape.probe_samples);
  }
  spec.set_repeats(shape.repeats);
  if (shape.rules) {
    v1::ScorerSpec& length = *spec.add_scorers();
    length.set_id("length");
    length.mutable_length();
    v1::ScorerSpec& repetition = *spec.add_scorers();
    repetition.set_id("repetition");
    repetition.mutable_repetition();
  }
  if (shape.judged) {
    v1::ScorerSpec& rubric = *spec.add_scorers();
    rubric.set_id("rubric");
    rubric.mutable_rubric()->set_preset("general");
    rubric.mutable_accepted()->set_prepares(shape.prepares);
    v1::Judge& judge = *spec.add_judges();
    judge.set_id("j");
    judge.set_endpoint("jud");
    judge.set_model("judge-model");
  }
  spec.mutable_retry()->set_infra_attempts(3);
  return record;
}

// What an agent would store for a unit: a text made of the sample, or scores made of the text.
inline v1::Envelope ResultFor(const v1::UnitInputs& inputs, const std::string& attempt) {
  v1::Envelope envelope;
  envelope.set_schema(1);
  envelope.set_unit_id(inputs.unit().id());
  envelope.set_run_id(inputs.unit().run_id());
  envelope.set_attempt(attempt);
  envelope.mutable_usage()->set_prompt_tokens(10);
  envelope.mutable_usage()->set_completion_tokens(20);
  envelope.set_calls(1);
  if (inputs.unit().kind() == v1::UNIT_KIND_GENERATE) {
    envelope.set_outcome(v1::OUTCOME_GENERATED);
    envelope.mutable_generation()->set_text("text of " + inputs.sample().id() + " by " +
                                            inputs.unit().model_id() + " repeat " +
                                            std::to_string(inputs.unit().repeat()));
    envelope.mutable_generation()->set_finish_reason("stop");
    return envelope;
  }
  if (inputs.unit().kind() == v1::UNIT_KIND_PREPARE) {
    envelope.set_outcome(v1::OUTCOME_GENERATED);
    envelope.mutable_generation()->set_text("prepared for " + inputs.sample().id());
    return envelope;
  }
  const bool has_text = inputs.generation_outcome() == v1::OUTCOME_GENERATED;
  envelope.set_outcome(has_text ? v1::OUTCOME_SCORED : v1::OUTCOME_NOT_APPLICABLE);
  envelope.mutable_provenance()->set_upstream_digest(inputs.text_digest());
  for (const v1::ScorerSpec& scorer : inputs.scorers()) {
    v1::Verdict& verdict = *envelope.add_verdicts();
    verdict.set_scorer_id(scorer.id());
    verdict.set_outcome(envelope.outcome());
    if (!has_text) {
      verdict.set_reason("no text");
      continue;
    }
    v1::Score& score = *verdict.add_scores();
    score.set_name("value");
    score.set_value(static_cast<double>(inputs.text().size()) + 0.25 +
                    static_cast<double>(inputs.preparation().size()));
    v1::Finding& finding = *verdict.add_findings();
    finding.set_kind("whole");
    v1::Span& span = *finding.add_spans();
    span.set_source("output");
    span.set_end_byte(static_cast<std::int64_t>(inputs.text().size()));
  }
  return envelope;
}

class RecordingObserver : public CoordinatorObserver {
 public:
  void OnRunSealed(const std::string& run_id, const SealedRun& run) override {
    sealed[run_id] = run;
  }
  void OnRunPaused(const std::string&, PauseReason reason, const std::string& detail) override {
    pauses.push_back(reason);
    details.push_back(detail);
  }
  void OnRunDrained(const std::string& run_id) override { drained.insert(run_id); }
  void OnProgress(const std::string&) override { ++progress; }
  void OnFenced(const std::string&) override { fenced = true; }

  std::map<std::string, SealedRun> sealed;
  std::vector<PauseReason> pauses;
  std::vector<std::string> details;
  std::set<std::string> drained;
  int progress = 0;
  bool fenced = false;
};

// One process: executor, stores and coordinator. The blobs can be those of a process before it.
struct TestProcess {
  explicit TestProcess(CoordinatorOptions options = {}, std::uint64_t seed = 7)
      : blobs(executor), store(executor) {
    CoordinatorSeams seams{executor,          executor.clock(), store,    blobs,
                           NeedsCallsInTests, Random(seed),     &observer};
    coordinator = std::make_unique<Coordinator>(std::move(seams), options);
  }

  absl::Status AddRun(const v1::RunRecord& record) {
    std::optional<absl::Status> status;
    coordinator->AddRun(record, [&](absl::Status s) { status = s; });
    executor.RunUntil([&] { return status.has_value(); }, absl::Seconds(1));
    return status.value_or(Internal("AddRun did not answer"));
  }
  absl::StatusOr<v1::SyncResponse> Sync(v1::SyncRequest request,
                                        absl::Duration wait = absl::ZeroDuration()) {
    std::optional<absl::StatusOr<v1::SyncResponse>> answer;
    auto shared = std::make_shared<std::optional<absl::StatusOr<v1::SyncResponse>>>();
    coordinator->OnSync(std::move(request),
                        [shared](absl::StatusOr<v1::SyncResponse> r) { *shared = std::move(r); });
    executor.RunReady();
    if (!shared->has_value()) {
      executor.RunUntil([&] { return shared->has_value(); }, wait);
    }
    if (!shared->has_value()) return v1::SyncResponse();
    return **shared;
  }
  absl::StatusOr<v1::UnitInputs> Fetch(const v1::Assignment& start) {
    absl::StatusOr<v1::UnitInputs> inputs = Internal("no answer");
    v1::FetchInputsRequest request;
    request.set_attempt(start.attempt());
    request.set_unit_id(start.unit().id());
    coordinator->OnFetchInputs(request,
                               [&](absl::StatusOr<v1::UnitInputs> i) { inputs = std::move(i); });
    executor.RunReady();
    return inputs;
  }
  absl::StatusOr<std::string> Put(const v1::Envelope& envelope) {
    absl::StatusOr<std::string> digest = Internal("no answer");
    coordinator->OnPutEnvelope(envelope,
                               [&](absl::StatusOr<std::string> d) { digest = std::move(d); });
    executor.RunReady();
    return digest;
  }
  absl::Status Append(const v1::Assignment& start, const v1::JournalRecord& record) {
    absl::Status status = Internal("no answer");
    v1::AppendJournalRequest request;
    request.set_attempt(start.attempt());
    request.set_unit_id(start.unit().id());
    *request.add_records() = record;
    coordinator->OnAppendJournal(request, [&](absl::Status s) { status = std::move(s); });
    executor.RunReady();
    return status;
  }
  RunProgress Progress(const std::string& run_id = "run-1") {
    return coordinator->Progress(run_id).value();
  }
  bool Sealed(const std::string& run_id = "run-1") const {
    return observer.sealed.count(run_id) > 0;
  }

  FakeExecutor executor;
  FakeBlobStore blobs;
  MemoryRunStore store;
  RecordingObserver observer;
  std::unique_ptr<Coordinator> coordinator;
};

// An agent driven by hand: remembers what it runs and what it has to report.
class HandAgent {
 public:
  explicit HandAgent(TestProcess& process, std::string id = "agent", int slots = 100,
                     std::string incarnation = "i1")
      : process_(process),
        id_(std::move(id)),
        slots_(slots),
        incarnation_(std::move(incarnation)) {}

  v1::SyncRequest Request() const {
    v1::SyncRequest request;
    request.set_agent_id(id_);
    request.set_incarnation(incarnation_);
    request.set_protocol_version(kProtocolVersion);
    for (const v1::UnitKind kind : kinds) request.add_kinds(kind);
    // An old Sync that arrives late may have asked for more than there is room for.
    request.set_free_slots(std::max(0, slots_ - static_cast<int>(running.size())));
    for (const auto& [attempt, start] : running) {
      v1::RunningAttempt& message = *request.add_running();
      message.set_attempt(attempt);
      message.set_unit_id(start.unit().id());
    }
    for (const auto& [attempt, message] : finished) *request.add_finished() = message;
    return request;
  }

  // One Sync; starts go to `running`, settled ones leave `finished`.
  v1::SyncResponse Sync(absl::Duration wait = absl::ZeroDuration()) {
    absl::StatusOr<v1::SyncResponse> response = process_.Sync(Request(), wait);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    for (const v1::Assignment& start : response->start()) {
      if (finished.count(start.attempt()) == 0) running[start.attempt()] = start;
    }
    for (const v1::SettledAttempt& settled : response->settled()) {
      finished.erase(settled.attempt());
      settlements[settled.attempt()] = settled.settlement();
    }
    for (const v1::Cancellation& cancel : response->cancel()) {
      cancels[cancel.attempt()] = cancel.reason();
    }
    return *response;
  }

  void FinishWith(const v1::Assignment& start, const v1::Envelope& envelope) {
    const absl::StatusOr<std::string> digest = process_.Put(envelope);
    ASSERT_TRUE(digest.ok()) << digest.status();
    v1::FinishedAttempt message;
    message.set_attempt(start.attempt());
    message.set_unit_id(start.unit().id());
    message.set_outcome(envelope.outcome());
    message.set_envelope_digest(*digest);
    finished[start.attempt()] = message;
    running.erase(start.attempt());
  }
  void Finish(const v1::Assignment& start) {
    const absl::StatusOr<v1::UnitInputs> inputs = process_.Fetch(start);
    ASSERT_TRUE(inputs.ok()) << inputs.status();
    FinishWith(start, ResultFor(*inputs, start.attempt()));
  }
  void Fail(const v1::Assignment& start, v1::ErrorClass error_class,
            std::int64_t retry_after_ms = 0) {
    v1::FinishedAttempt message;
    message.set_attempt(start.attempt());
    message.set_unit_id(start.unit().id());
    message.mutable_error()->set_error_class(error_class);
    message.mutable_error()->set_message("as told");
    message.mutable_error()->set_retry_after_ms(retry_after_ms);
    finished[start.attempt()] = message;
    running.erase(start.attempt());
  }
  std::vector<v1::Assignment> Running() const {
    std::vector<v1::Assignment> starts;
    for (const auto& [attempt, start] : running) starts.push_back(start);
    return starts;
  }
  // Syncs and finishes everything until the run is sealed.
  void Complete(const std::string& run_id = "run-1") {
    for (int i = 0; i < 10000 && !process_.Sealed(run_id); ++i) {
      Sync(absl::Seconds(2));
      for (const v1::Assignment& start : Running()) Finish(start);
    }
    EXPECT_TRUE(process_.Sealed(run_id));
  }

  std::vector<v1::UnitKind> kinds = {v1::UNIT_KIND_GENERATE, v1::UNIT_KIND_SCORE_RULES,
                                     v1::UNIT_KIND_SCORE_JUDGED, v1::UNIT_KIND_PREPARE};
  std::map<std::string, v1::Assignment> running;
  std::map<std::string, v1::FinishedAttempt> finished;
  std::map<std::string, v1::Settlement> settlements;
  std::map<std::string, std::string> cancels;

 private:
  TestProcess& process_;
  std::string id_;
  int slots_;
  std::string incarnation_;
};

}  // namespace assay
