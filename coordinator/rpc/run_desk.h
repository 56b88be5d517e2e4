// RunDesk: the runs that a coordinator process serves, found in the blob store, and what users may
// do with them. Leads or does not; while it leads it owns a Coordinator, which it gives everything
// that is stored. No I/O of its own. Core thread only, but for executor(). Destroy it when the
// executor has stopped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/run_service.pb.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/rpc/leader_desk.h"

namespace assay {

struct RunDeskSeams {
  Executor& executor;
  const Clock& clock;
  RunStore& store;
  BlobStore& blobs;
  // Makes what other processes have stored visible in `blobs`; may be empty.
  std::function<absl::Status()> refresh;
  NeedsCalls needs_calls;
  Random random;
  // Where another leader can be asked; may be empty.
  std::function<std::string()> other_leader;
  // The term is over before its time: another leader owns a shard, or has written. Whoever runs
  // again needs an epoch above `epoch`. May be empty.
  std::function<void(std::uint64_t epoch, const std::string& detail)> fenced;
  // CoordinatorSeams::in_term. May be empty.
  std::function<bool()> in_term = {};
};

struct SubmittedRun {
  std::string request_id;
  v1::RunRecord record;
  bool rejudge = false;  // record.source_run is to be set
};

class RunDesk : public LeaderDesk, private CoordinatorObserver {
 public:
  RunDesk(RunDeskSeams seams, CoordinatorOptions options);
  ~RunDesk() override;

  // Takes everything over that is stored. leader() stands once every open run does, so that no
  // agent is told that its attempt is unknown; `done` runs then. A run that cannot be taken up is
  // logged and shown as failed. Several terms may follow each other.
  void Lead(LeaderToken token, Callback<absl::Status> done);

  // Answers all agents that wait with kUnavailable and stops leading. Repeatable.
  void StepDown(std::string_view why);
  // Terms that are over and still in memory.
  std::size_t retired() const { return retired_.size(); }

  Executor& executor() override { return seams_.executor; }
  Coordinator* leader() override;
  std::string other_leader() const override;
  void OnAgent(const std::string& agent_id) override;

  // Everything below: kUnavailable unless this process leads, kNotFound: no such run.

  // Durable once it answers. kInvalidArgument: the record cannot be run, or is one that only
  // Rejudge takes. kAlreadyExists: the run id or the request id was used for another record.
  // Rejudge: kFailedPrecondition when the source lacks a generation.
  void Submit(SubmittedRun submitted, Callback<absl::StatusOr<v1::SubmitResponse>> done);

  void Get(const std::string& run_id, bool scores, Callback<absl::StatusOr<v1::RunStatus>> done);
  absl::StatusOr<v1::ListRunsResponse> List(int limit);
  enum class Command { kPause, kResume, kCancel };
  void Do(Command command, const std::string& run_id, Callback<absl::Status> done);

  // `changed` runs after anything that a status shows has changed, until Unwatch, and when the
  // desk stops leading.
  std::uint64_t Watch(const std::string& run_id, std::function<void()> changed);
  void Unwatch(std::uint64_t watch) { watches_.erase(watch); }

  // The keys of everything stored for a run, its record last, as of now.
  absl::StatusOr<std::vector<std::string>> Keys(const std::string& run_id, bool record_only);
  absl::StatusOr<std::string> Read(const std::string& key) const { return seams_.blobs.Get(key); }

 private:
  // What is known of a run without its plan.
  struct Card {
    v1::RunRecord outline;              // the record without samples and texts
    std::vector<std::int64_t> samples;  // of each suite
    bool sealed = false;                // when it was found
    bool added = false;                 // the Coordinator has it
    absl::Status failure;               // why it was not taken up
  };
  struct Watcher {
    std::string run_id;
    std::function<void()> changed;
  };
  struct ScoreRead;

  void OnRunSealed(const std::string& run_id, const SealedRun& sealed) override;
  void OnRunPaused(const std::string& run_id, PauseReason reason,
                   const std::string& detail) override;
  void OnRunDrained(const std::string&) override {}
  void OnProgress(const std::string& run_id) override;
  void OnFenced(const std::string& detail) override;

  absl::StatusOr<v1::RunRecord> ReadRecord(const std::string& run_id) const;
  bool IsSealed(const std::string& run_id) const;
  absl::Status FindRuns();
  void AddCard(const v1::RunRecord& record, bool sealed);
  void AddFound(std::vector<std::string> run_ids, LeaderToken token, Callback<absl::Status> done);
  // Gives the Coordinator a run that was sealed when it was found, if it has not got it.
  void WithRun(const std::string& run_id, Callback<absl::Status> then);
  void Notify(const std::string& run_id);
  // Lets go of terms that are over.
  void Sweep();
  bool OfThisTerm(std::uint64_t term) const { return coordinator_ != nullptr && term == term_; }

  absl::Status CheckSubmitted(const SubmittedRun& submitted) const;
  // The run that the request made before; its id is empty when there is none.
  absl::StatusOr<std::string> FindRequest(const SubmittedRun& submitted, const std::string& sha256);
  absl::Status Complete(SubmittedRun& submitted, std::vector<BlobRecord>& before);
  void StoreSubmitted(SubmittedRun submitted, std::vector<BlobRecord> records,
                      Callback<absl::StatusOr<v1::SubmitResponse>> done);

  // A run whose record is stored.
  void TakeUp(std::string request_id, const v1::RunRecord& record, bool existed,
              Callback<absl::StatusOr<v1::SubmitResponse>> done);

  v1::RunStatus StatusOf(const Card& card) const;
  void AddAgents(v1::ListRunsResponse& response) const;
  void ReadScores(const std::string& run_id, v1::RunStatus status,
                  Callback<absl::StatusOr<v1::RunStatus>> done);
  void AddScores(const Card& card, const IntegerSums& sums, v1::RunStatus& status) const;

  RunDeskSeams seams_;
  const CoordinatorOptions options_;
  std::unique_ptr<Coordinator> coordinator_;
  // Of earlier terms, until none of their callbacks may arrive any more.
  std::vector<std::unique_ptr<Coordinator>> retired_;
  bool sweeping_ = false;
  std::uint64_t term_ = 0;
  bool ready_ = false;
  std::map<std::string, Card> cards_;
  std::set<std::string> submitting_;  // request ids
  std::map<std::uint64_t, Watcher> watches_;
  std::uint64_t last_watch_ = 0;
  std::map<std::string, absl::Duration> agents_;  // when each was heard of last
};

// RunProgress as a message, without what only the desk knows.
v1::RunStatus MakeRunStatus(const RunProgress& progress);

}  // namespace assay
