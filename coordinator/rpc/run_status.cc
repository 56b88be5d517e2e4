#include <google/protobuf/repeated_field.h>

#include "coordinator/rpc/run_desk.h"

namespace assay {
namespace {

constexpr int kAgentsListed = 1000;

void Fill(const UnitCounts& counts, v1::UnitCounts* message) {
  message->set_total(counts.total);
  message->set_blocked(counts.blocked);
  message->set_queued(counts.queued);
  message->set_leased(counts.leased);
  message->set_done(counts.done);
  message->set_failed(counts.failed);
  message->set_quarantined(counts.quarantined);
  message->set_cancelled(counts.cancelled);
}

void Fill(const std::map<v1::Outcome, std::int64_t>& outcomes,
          google::protobuf::RepeatedPtrField<v1::OutcomeCount>* messages) {
  for (const auto& [outcome, count] : outcomes) {
    v1::OutcomeCount* message = messages->Add();
    message->set_outcome(outcome);
    message->set_count(count);
  }
}

void Fill(const EndpointProgress& endpoint, v1::EndpointStatus* message) {
  message->set_endpoint(endpoint.endpoint);
  message->set_max_in_flight(endpoint.max_in_flight);
  message->set_leased(endpoint.leased);
  if (endpoint.paused != PauseReason::kNone) message->set_paused(PauseReasonName(endpoint.paused));
  message->set_wait_ms(absl::ToInt64Milliseconds(endpoint.wait));
  message->set_last_error(endpoint.last_error);
}

}  // namespace

v1::RunStatus MakeRunStatus(const RunProgress& progress) {
  v1::RunStatus status;
  status.set_run_id(progress.run_id);
  status.set_state(RunPhaseName(progress.phase));
  if (progress.pause_reason != PauseReason::kNone) {
    status.set_pause_reason(PauseReasonName(progress.pause_reason));
  }
  status.set_pause_detail(progress.pause_detail);
  status.set_revision(progress.revision);
  Fill(progress.generations, status.mutable_generations());
  Fill(progress.rule_scorings, status.mutable_rule_scorings());
  Fill(progress.judged_scorings, status.mutable_judged_scorings());
  Fill(progress.generation_outcomes, status.mutable_generation_outcomes());
  Fill(progress.scoring_outcomes, status.mutable_scoring_outcomes());
  status.set_truncated(progress.truncated);
  status.set_words(progress.words);
  *status.mutable_generation_usage() = progress.generation_usage;
  *status.mutable_judge_usage() = progress.judge_usage;
  status.set_cost_usd(progress.cost_usd);
  status.set_priced(progress.priced);
  status.set_generated_tokens(progress.generated_tokens);
  status.set_output_bytes(progress.output_bytes);
  status.set_retries(progress.retries);
  status.set_throttles(progress.throttles);
  status.set_lost_leases(progress.lost_leases);
  for (const EndpointProgress& endpoint : progress.endpoints)
    Fill(endpoint, status.add_endpoints());
  for (const v1::Error& error : progress.recent_errors) *status.add_recent_errors() = error;
  return status;
}

v1::RunStatus RunDesk::StatusOf(const Card& card) const {
  v1::RunStatus status;
  const std::string& run_id = card.outline.run_id();
  const auto progress = coordinator_->Progress(run_id);
  if (progress.ok()) {
    status = MakeRunStatus(*progress);
  } else {
    status.set_run_id(run_id);
    status.set_state(card.failure.ok() ? RunPhaseName(RunPhase::kSealed) : "failed");
    status.set_pause_detail(std::string(MessageOf(card.failure)));
  }
  status.set_name(card.outline.spec().name());
  status.set_created_unix_ms(card.outline.created_unix_ms());
  const absl::Duration now = seams_.clock.SteadyNow();
  for (const auto& [id, seen] : agents_) {
    if (now - seen <= options_.lease + options_.poll_hold) status.set_agents(status.agents() + 1);
  }
  return status;
}

void RunDesk::AddAgents(v1::ListRunsResponse& response) const {
  const std::vector<AgentProgress> agents = coordinator_->Agents();
  response.set_agents_total(static_cast<std::int64_t>(agents.size()));
  for (const AgentProgress& agent : agents) {
    if (response.agents_size() >= kAgentsListed) break;
    v1::AgentStatus& status = *response.add_agents();
    status.set_agent(agent.id);
    for (const v1::UnitKind kind : agent.kinds) status.add_kinds(kind);
    status.set_slots(agent.slots);
    status.set_in_flight(agent.leases);
    status.set_server(agent.server);
    for (const std::string& model : agent.models) status.add_models(model);
    status.set_state(agent.bad ? "ignores a cancel" : agent.draining ? "draining" : "running");
    status.set_seen_ms_ago(absl::ToInt64Milliseconds(agent.seen));
    status.set_binary_version(agent.binary_version);
  }
}

void RunDesk::AddScores(const Card& card, const IntegerSums& sums, v1::RunStatus& status) const {
  const v1::RunRecord& record = card.outline;
  for (int suite = 0; suite < record.suites_size(); ++suite) {
    const v1::SuiteManifest& manifest = record.suites(suite).manifest();
    const auto& scorers =
        record.spec().scorers().empty() ? manifest.scorers() : record.spec().scorers();
    for (const v1::Model& model : record.spec().models()) {
      if (model.has_probe()) continue;  // says something about a judge, and of few samples
      for (const v1::ScorerSpec& scorer : scorers) {
        v1::LiveScore row;
        row.set_suite(manifest.name());
        row.set_model(model.id());
        row.set_scorer(scorer.id());
        row.set_required(card.samples[static_cast<std::size_t>(suite)] *
                         std::max(1, record.spec().repeats()));
        const std::string prefix = row.suite() + "/" + row.model() + "/" + row.scorer() + "/";
        bool any = false;
        for (auto it = sums.lower_bound(prefix); it != sums.end() && it->first.starts_with(prefix);
             ++it) {
          const std::string_view name = std::string_view(it->first).substr(prefix.size());
          if (!name.ends_with(":n") || name.find('/') != std::string_view::npos) continue;
          const std::string_view score = name.substr(0, name.size() - 2);
          const auto sum = sums.find(prefix + std::string(score) + ":sum");
          v1::LiveScore& one = *status.add_scores();
          one = row;
          one.set_score(std::string(score));
          one.set_judged(it->second);
          const std::int64_t total = sum == sums.end() ? 0 : sum->second;
          one.set_mean(static_cast<double>(total) / 1e6 / static_cast<double>(it->second));
          any = true;
        }
        if (!any) *status.add_scores() = row;
      }
    }
  }
}

// Reads the shards of a run one after the other and adds up their live sums.
struct RunDesk::ScoreRead : std::enable_shared_from_this<ScoreRead> {
  ScoreRead(RunDesk& desk, v1::RunStatus known, Callback<absl::StatusOr<v1::RunStatus>> then)
      : desk(desk), status(std::move(known)), done(std::move(then)) {}

  void Start() {
    desk.seams_.store.ListShards(
        status.run_id(), [self = shared_from_this()](absl::StatusOr<std::vector<ShardKey>> found) {
          if (!found.ok()) return std::move(self->done)(found.status());
          self->shards = *std::move(found);
          self->Next();
        });
  }

  void Next() {
    if (at == shards.size()) {
      const auto card = desk.cards_.find(status.run_id());
      if (card != desk.cards_.end()) desk.AddScores(card->second, sums, status);
      return std::move(done)(std::move(status));
    }
    desk.seams_.store.ReadShard(shards[at++],
                                [self = shared_from_this()](absl::StatusOr<ShardView> view) {
                                  if (!view.ok()) return std::move(self->done)(view.status());
                                  for (const auto& [name, value] : view->sums) {
                                    self->sums[name] += value;
                                  }
                                  self->Next();
                                });
  }

  RunDesk& desk;
  v1::RunStatus status;
  Callback<absl::StatusOr<v1::RunStatus>> done;
  std::vector<ShardKey> shards;
  std::size_t at = 0;
  IntegerSums sums;
};

void RunDesk::ReadScores(const std::string&, v1::RunStatus status,
                         Callback<absl::StatusOr<v1::RunStatus>> done) {
  std::make_shared<ScoreRead>(*this, std::move(status), std::move(done))->Start();
}

}  // namespace assay
