#include "coordinator/rpc/run_desk.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "coordinator/core/recovery.h"

namespace assay {
namespace {

constexpr int kListDefault = 100;
constexpr int kListMax = 1000;
constexpr std::size_t kAgentsMax = 20'000;
constexpr absl::Duration kSweepInterval = absl::Seconds(1);

absl::Status NoSuchRun(const std::string& run_id) {
  return NotFound("there is no run " + EscapeForTerminal(run_id));
}

}  // namespace

absl::Status NotLeading() { return Unavailable("this coordinator does not lead"); }

RunDesk::RunDesk(RunDeskSeams seams, CoordinatorOptions options)
    : seams_(std::move(seams)), options_(std::move(options)) {}

RunDesk::~RunDesk() = default;

Coordinator* RunDesk::leader() { return ready_ ? coordinator_.get() : nullptr; }

std::string RunDesk::other_leader() const {
  return coordinator_ == nullptr && seams_.other_leader ? seams_.other_leader() : "";
}

void RunDesk::OnAgent(const std::string& agent_id) {
  if (agents_.size() >= kAgentsMax && agents_.count(agent_id) == 0) agents_.clear();
  agents_[agent_id] = seams_.clock.SteadyNow();
}

absl::StatusOr<v1::RunRecord> RunDesk::ReadRecord(const std::string& run_id) const {
  const std::string key = RecordKey(run_id);
  ASSAY_ASSIGN_OR_RETURN(const std::string value, seams_.blobs.Get(key));
  v1::RunRecord record;
  if (!record.ParseFromString(value) || record.run_id() != run_id) {
    return DataLoss(key + " is not a run record");
  }
  return record;
}

bool RunDesk::IsSealed(const std::string& run_id) const {
  const auto revisions = seams_.blobs.List("run/" + run_id + "/revision/").size();
  return !seams_.blobs.List(ManifestKey(run_id, static_cast<int>(revisions))).empty();
}

void RunDesk::AddCard(const v1::RunRecord& record, bool sealed) {
  Card card;
  card.outline = record;
  card.outline.clear_run_secret();
  card.outline.clear_spec_yaml();
  for (v1::Suite& suite : *card.outline.mutable_suites()) {
    card.samples.push_back(suite.samples_size());
    // Clearing would keep every sample's memory for reuse.
    google::protobuf::RepeatedPtrField<v1::Sample>().Swap(suite.mutable_samples());
  }
  card.sealed = sealed;
  cards_[record.run_id()] = std::move(card);
}

absl::Status RunDesk::FindRuns() {
  if (seams_.refresh) ASSAY_RETURN_IF_ERROR(seams_.refresh());
  cards_.clear();
  for (const std::string& run_id : StoredRunIds(seams_.blobs)) {
    const absl::StatusOr<v1::RunRecord> record = ReadRecord(run_id);
    if (record.ok()) {
      AddCard(*record, IsSealed(run_id));
      continue;
    }
    Log(LogLevel::kError, "run_unreadable",
        {{"run", run_id}, {"status", MessageOf(record.status())}});
    cards_[run_id].outline.set_run_id(run_id);
    cards_[run_id].failure = record.status();
  }
  return absl::OkStatus();
}

void RunDesk::Lead(LeaderToken token, Callback<absl::Status> done) {
  StepDown("a new term");
  ++term_;
  if (absl::Status found = FindRuns(); !found.ok()) {
    return PostAnswer(seams_.executor, std::move(done), std::move(found));
  }
  CoordinatorOptions options = options_;
  options.leader = token;
  coordinator_ = std::make_unique<Coordinator>(CoordinatorSeams{.executor = seams_.executor,
                                                                .clock = seams_.clock,
                                                                .store = seams_.store,
                                                                .blobs = seams_.blobs,
                                                                .needs_calls = seams_.needs_calls,
                                                                .random = seams_.random.Fork(),
                                                                .observer = this,
                                                                .refresh_blobs = seams_.refresh,
                                                                .in_term = seams_.in_term},
                                               options);
  std::vector<std::string> open;
  for (const auto& [run_id, card] : cards_) {
    if (!card.sealed && card.failure.ok()) open.push_back(run_id);
  }
  std::reverse(open.begin(), open.end());  // taken from the back
  AddFound(std::move(open), std::move(token), std::move(done));
}

void RunDesk::AddFound(std::vector<std::string> run_ids, LeaderToken token,
                       Callback<absl::Status> done) {
  if (run_ids.empty()) {
    ready_ = true;
    Log(LogLevel::kInfo, "leading",
        {{"epoch", static_cast<std::int64_t>(token.epoch)},
         {"runs", static_cast<std::int64_t>(cards_.size())}});
    return PostAnswer(seams_.executor, std::move(done), absl::OkStatus());
  }
  const std::string run_id = std::move(run_ids.back());
  run_ids.pop_back();
  auto then = [this, term = term_, run_id, run_ids = std::move(run_ids), token = std::move(token),
               done = std::move(done)](absl::Status status) mutable {
    if (!OfThisTerm(term)) return std::move(done)(Aborted("the term is over"));
    Card& card = cards_[run_id];
    card.added = status.ok();
    if (!status.ok()) {
      Log(LogLevel::kError, "run_not_taken_up", {{"run", run_id}, {"status", MessageOf(status)}});
      card.failure = std::move(status);
    }
    AddFound(std::move(run_ids), std::move(token), std::move(done));
  };
  absl::StatusOr<v1::RunRecord> record = ReadRecord(run_id);
  if (!record.ok()) {
    return PostAnswer<absl::Status>(seams_.executor, std::move(then), record.status());
  }
  coordinator_->AddRun(*std::move(record), std::move(then));
}

void RunDesk::StepDown(std::string_view why) {
  ready_ = false;
  if (coordinator_ == nullptr) return;
  coordinator_->StepDown(why);
  retired_.push_back(std::move(coordinator_));
  if (!std::exchange(sweeping_, true)) seams_.executor.Post([this] { Sweep(); });
  submitting_.clear();
  for (auto& [id, watcher] : std::map<std::uint64_t, Watcher>(watches_)) watcher.changed();
}

void RunDesk::Sweep() {
  std::erase_if(retired_, [](const auto& retired) { return retired->disposable(); });
  sweeping_ = !retired_.empty();
  if (sweeping_) seams_.executor.RunAfter(kSweepInterval, [this] { Sweep(); });
}

void RunDesk::WithRun(const std::string& run_id, Callback<absl::Status> then) {
  if (leader() == nullptr) return PostAnswer(seams_.executor, std::move(then), NotLeading());
  const auto card = cards_.find(run_id);
  if (card == cards_.end()) return PostAnswer(seams_.executor, std::move(then), NoSuchRun(run_id));
  if (card->second.added || !card->second.failure.ok()) {
    return PostAnswer(seams_.executor, std::move(then), absl::OkStatus());
  }
  absl::StatusOr<v1::RunRecord> record = ReadRecord(run_id);
  if (!record.ok()) {
    return PostAnswer<absl::Status>(seams_.executor, std::move(then), record.status());
  }
  coordinator_->AddRun(*std::move(record), [this, term = term_, run_id,
                                            then = std::move(then)](absl::Status status) mutable {
    if (!OfThisTerm(term)) return std::move(then)(NotLeading());
    if (absl::IsAlreadyExists(status)) status = absl::OkStatus();
    cards_[run_id].added = status.ok();
    std::move(then)(std::move(status));
  });
}

void RunDesk::Get(const std::string& run_id, bool scores,
                  Callback<absl::StatusOr<v1::RunStatus>> done) {
  WithRun(run_id, [this, run_id, scores, done = std::move(done)](absl::Status status) mutable {
    if (!status.ok()) return std::move(done)(std::move(status));
    if (leader() == nullptr) return std::move(done)(NotLeading());
    v1::RunStatus known = StatusOf(cards_.at(run_id));
    if (!scores) return std::move(done)(std::move(known));
    ReadScores(run_id, std::move(known), std::move(done));
  });
}

absl::StatusOr<v1::ListRunsResponse> RunDesk::List(int limit) {
  if (leader() == nullptr) return NotLeading();
  if (limit <= 0) limit = kListDefault;
  std::vector<const Card*> cards;
  for (const auto& [run_id, card] : cards_) cards.push_back(&card);
  std::stable_sort(cards.begin(), cards.end(), [](const Card* a, const Card* b) {
    return a->outline.created_unix_ms() > b->outline.created_unix_ms();
  });
  v1::ListRunsResponse response;
  response.set_total(static_cast<std::int64_t>(cards.size()));
  const auto count =
      std::min<std::size_t>(cards.size(), static_cast<std::size_t>(std::min(limit, kListMax)));
  for (std::size_t i = 0; i < count; ++i) *response.add_runs() = StatusOf(*cards[i]);
  AddAgents(response);
  return response;
}

void RunDesk::Do(Command command, const std::string& run_id, Callback<absl::Status> done) {
  WithRun(run_id, [this, command, run_id, done = std::move(done)](absl::Status status) mutable {
    if (!status.ok()) return std::move(done)(std::move(status));
    if (leader() == nullptr) return std::move(done)(NotLeading());
    if (command == Command::kCancel) return leader()->Cancel(run_id, std::move(done));
    std::move(done)(command == Command::kPause ? leader()->Pause(run_id)
                                               : leader()->Resume(run_id));
  });
}

std::uint64_t RunDesk::Watch(const std::string& run_id, std::function<void()> changed) {
  watches_[++last_watch_] = {run_id, std::move(changed)};
  return last_watch_;
}

absl::StatusOr<std::vector<std::string>> RunDesk::Keys(const std::string& run_id,
                                                       bool record_only) {
  if (leader() == nullptr) return NotLeading();
  if (cards_.count(run_id) == 0) return NoSuchRun(run_id);
  std::vector<std::string> keys;
  const std::string record = RecordKey(run_id);
  if (!record_only) {
    for (const BlobInfo& info : seams_.blobs.List("run/" + run_id + "/")) {
      if (info.key != record) keys.push_back(info.key);
    }
  }
  keys.push_back(record);
  return keys;
}

void RunDesk::Notify(const std::string& run_id) {
  std::vector<std::function<void()>> called;
  for (const auto& [id, watcher] : watches_) {
    if (watcher.run_id == run_id) called.push_back(watcher.changed);
  }
  for (const auto& changed : called) changed();
}

void RunDesk::OnRunSealed(const std::string& run_id, const SealedRun& sealed) {
  Log(LogLevel::kInfo, "run_sealed", {{"run", run_id}, {"root", sealed.manifest_root}});
  Notify(run_id);
}

void RunDesk::OnRunPaused(const std::string& run_id, PauseReason, const std::string&) {
  Notify(run_id);
}

void RunDesk::OnProgress(const std::string& run_id) { Notify(run_id); }

void RunDesk::OnFenced(const std::string& detail) {
  // Coordinators of earlier terms say so too, in the end.
  if (coordinator_ == nullptr || coordinator_->leading()) return;
  if (seams_.fenced) seams_.fenced(coordinator_->highest_epoch(), detail);
}

}  // namespace assay
