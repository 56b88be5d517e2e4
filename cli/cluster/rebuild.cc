// assay rebuild, and assay fsck for a run of a cluster.
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/cluster/redis_location.h"
#include "cli/cluster/store_check.h"
#include "cli/command_line.h"
#include "common/base/log.h"
#include "common/json/json.h"
#include "coordinator/core/coordinator.h"
#include "coordinator/core/recovery.h"
#include "coordinator/store/redis_leader_election.h"
#include "coordinator/store/redis_run_store.h"
#include "coordinator/store/redis_schema.h"
#include "judge/scorer_registry.h"

namespace assay {
namespace {

// The name of the process in the folder: one rebuild at a time.
constexpr char kWriter[] = "rebuild";
constexpr char kAddress[] = "assay-rebuild";
constexpr absl::Duration kLook = absl::Milliseconds(50);
// An election that is not won by then is not won: Redis answers, and nobody else holds the key.
constexpr absl::Duration kElectionLimit = absl::Seconds(30);
constexpr int kTermsMax = 10;

// A term as leader that takes one run up and does nothing else. Steps: to be elected, which shuts
// every coordinator out; AddRun; to wait until what that began has ended; to resign.
class Rebuilder : private LeadershipListener {
 public:
  struct Seams {
    AsioExecutor& executor;
    const Clock& clock;
    RunStore& store;
    BlobStore& blobs;
    RedisClient& election_client;
    Random random;
    ReplicaWait wait;
  };

  Rebuilder(Seams seams, v1::RunRecord record)
      : seams_(std::move(seams)), record_(std::move(record)) {
    RedisLeaderElectionOptions options;
    options.address = kAddress;
    options.wait = seams_.wait;
    election_ = std::make_unique<RedisLeaderElection>(
        seams_.executor, seams_.clock, seams_.election_client, seams_.random.Fork(), options);
  }

  void Start(Callback<absl::Status> done) {
    done_ = std::move(done);
    deadline_ = seams_.clock.SteadyNow() + kElectionLimit;
    election_->Start(this);
    Look();
  }

  // Whether the run was sealed, or has been by this.
  bool sealed() const {
    const auto progress = terms_.back()->Progress(record_.run_id());
    return progress.ok() && progress->phase == RunPhase::kSealed;
  }

 private:
  void OnElected(const LeaderToken& token) override {
    if (done_ == nullptr) return;
    CoordinatorOptions options;
    options.leader = token;
    terms_.push_back(std::make_unique<Coordinator>(CoordinatorSeams{.executor = seams_.executor,
                                                                    .clock = seams_.clock,
                                                                    .store = seams_.store,
                                                                    .blobs = seams_.blobs,
                                                                    .needs_calls = ScorerNeedsCalls,
                                                                    .random = seams_.random.Fork()},
                                                   options));
    terms_.back()->AddRun(record_, [this, term = terms_.size()](absl::Status status) {
      if (term != terms_.size() || done_ == nullptr) return;
      // A leader of a later epoch has owned the run: this one needs a higher epoch still.
      if (absl::IsUnavailable(status) && term < kTermsMax) {
        return election_->Surrender(terms_.back()->highest_epoch());
      }
      status.ok() ? WaitUntilSettled() : End(std::move(status));
    });
  }
  void OnDemoted(std::string_view why) override {
    if (!terms_.empty()) terms_.back()->StepDown(why);
  }

  // Refuses as soon as somebody else is seen to lead.
  void Look() {
    if (done_ == nullptr) return;
    const std::string leader = election_->leader_address();
    if (!leader.empty() && leader != kAddress) {
      return End(FailedPrecondition(
          "a coordinator leads at " + EscapeForTerminal(leader) +
          ". It restores open runs by itself when Redis has lost them, and sealed ones when they "
          "are asked for (assay status RUN --scores). Stop all coordinators to rebuild by hand"));
    }
    if (terms_.empty() && seams_.clock.SteadyNow() > deadline_) {
      return End(Unavailable("Redis answers too slowly to be written to"));
    }
    seams_.executor.RunAfter(kLook, [this] { Look(); });
  }

  void WaitUntilSettled() {
    if (done_ == nullptr) return;
    const auto progress = terms_.back()->Progress(record_.run_id());
    if (progress.ok() && progress->phase == RunPhase::kPaused) {
      return End(DataLoss(progress->pause_detail));
    }
    if (!terms_.back()->leading()) return End(Unavailable("another leader has come meanwhile"));
    if (terms_.back()->Quiet(record_.run_id())) return End(absl::OkStatus());
    seams_.executor.RunAfter(kLook, [this] { WaitUntilSettled(); });
  }

  void End(absl::Status status) {
    election_->Resign([this, status](const absl::Status&) {
      seams_.executor.Post([this, status] {
        if (done_ != nullptr) std::exchange(done_, nullptr)(status);
      });
    });
  }

  Seams seams_;
  const v1::RunRecord record_;
  Callback<absl::Status> done_;
  absl::Duration deadline_;
  std::unique_ptr<RedisLeaderElection> election_;
  std::vector<std::unique_ptr<Coordinator>> terms_;
};

// Redis as a verb uses it. Members in the order in which they may go, last first.
struct RedisVerbParts {
  RedisVerbParts(const RedisLocation& location, const CliContext& context)
      : client(std::make_unique<RedisConnection>(executor, RedisConnectionTo(location, context))),
        election_client(
            std::make_unique<RedisConnection>(executor, RedisConnectionTo(location, context))),
        store(executor, *client, Storing(location)) {}
  ~RedisVerbParts() {
    client.reset();
    election_client.reset();
  }

  static RedisRunStoreOptions Storing(const RedisLocation& location) {
    RedisRunStoreOptions options;
    options.durability.wait = ReplicaWaitOf(location);
    return options;
  }

  AsioExecutor executor;
  std::unique_ptr<RedisConnection> client;
  std::unique_ptr<RedisConnection> election_client;
  RedisRunStore store;
};

absl::Status CheckUndamaged(const SegmentBlobStore& blobs, const std::string& run_id) {
  const std::vector<SegmentProblem> damage = ProblemsOfRun(blobs.open_problems(), run_id);
  if (damage.empty()) return absl::OkStatus();
  return DataLoss(absl::StrCat(
      "the segments are damaged, and may lack something of this run: ", Describe(damage.front()),
      damage.size() > 1 ? absl::StrCat(" and ", damage.size() - 1, " more") : ""));
}

// The run is taken up; whether it was sealed.
absl::StatusOr<bool> Rebuild(const CliContext& context, const RebuildVerb& verb,
                             RedisVerbParts& redis, v1::RunRecord& record) {
  ASSAY_ASSIGN_OR_RETURN(const auto blobs, OpenSegments(verb.blob_dir, kWriter, &redis.executor));
  ASSAY_ASSIGN_OR_RETURN(record, ReadRunRecord(*blobs, verb.run));
  ASSAY_RETURN_IF_ERROR(CheckUndamaged(*blobs, verb.run));
  ASSAY_RETURN_IF_ERROR(Annotate(
      RunFor<absl::Status>(redis.executor,
                           [&](auto done) { CheckRedisSchema(*redis.client, std::move(done)); }),
      "Redis " + DescribeRedis(verb.redis)));
  Rebuilder rebuilder({redis.executor, *context.clock, redis.store, *blobs, *redis.election_client,
                       context.random->Fork(), ReplicaWaitOf(verb.redis)},
                      record);
  ASSAY_RETURN_IF_ERROR(
      RunFor<absl::Status>(redis.executor, [&](auto done) { rebuilder.Start(std::move(done)); }));
  return rebuilder.sealed();
}

OrderedJson CountsJson(const StoreComparison& found) {
  return {{"shards", found.shards},
          {"units", found.counts.total},
          {"open", found.counts.open()},
          {"done", found.counts.done},
          {"failed", found.counts.failed},
          {"quarantined", found.counts.quarantined},
          {"cancelled", found.counts.cancelled},
          {"sums", found.sums}};
}

std::string CountsText(const StoreComparison& found) {
  return absl::StrCat(found.shards, " shards, ", found.counts.total, " units, ",
                      found.counts.open(), " open, ", found.counts.done, " done, ",
                      found.counts.failed + found.counts.quarantined, " failed, ",
                      found.counts.cancelled, " cancelled, ", found.sums, " live sums");
}

void PrintProblems(const CliContext& context, const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) context.console->Say("PROBLEM " + problem + "\n");
}

}  // namespace

int RebuildCommand(const CliContext& context, const RebuildVerb& verb) {
  context.console->UseJson(verb.json);
  if (const absl::Status usable = CheckRedisLocation(verb.redis); !usable.ok()) {
    return Fail(context, "rebuild", usable);
  }
  RedisVerbParts redis(verb.redis, context);
  v1::RunRecord record;
  const absl::StatusOr<bool> sealed = Rebuild(context, verb, redis, record);
  if (!sealed.ok()) return Fail(context, "rebuild", sealed.status());
  const auto found = CompareStore(record, verb.blob_dir, redis.store, redis.executor);
  if (!found.ok()) return Fail(context, "rebuild", found.status());
  PrintProblems(context, found->problems);
  context.console->Say(verb.run + (*sealed ? " (sealed): " : " (open): ") + CountsText(*found) +
                       (found->problems.empty() ? "; equal to the segments\n" : "\n"));
  context.console->Record(DumpJson(OrderedJson{{"record", "rebuilt"},
                                               {"run_id", verb.run},
                                               {"sealed", *sealed},
                                               {"clean", found->problems.empty()},
                                               {"problems", found->problems},
                                               {"redis", CountsJson(*found)}}));
  return found->problems.empty() ? kExitOk : kExitLosses;
}

namespace {

// Problems of the segments themselves, then those of the comparison.
absl::StatusOr<StoreComparison> Check(const FsckVerb& verb, RedisVerbParts& redis) {
  const std::string& run_id = verb.location.run;
  std::vector<std::string> problems;
  v1::RunRecord record;
  {
    ASSAY_ASSIGN_OR_RETURN(const auto blobs, OpenSegments(verb.blob_dir, "", &redis.executor));
    ASSAY_ASSIGN_OR_RETURN(record, ReadRunRecord(*blobs, run_id));
    ASSAY_ASSIGN_OR_RETURN(const RunPlan plan, RunPlan::Make(record, ScorerNeedsCalls));
    const absl::StatusOr<RecoveredRun> recovered = RecoverRun(plan, *blobs);
    absl::Status whole = recovered.status();
    if (whole.ok() && recovered->sealed) whole = CheckAgainstManifest(plan, *recovered, *blobs);
    if (!whole.ok()) problems.push_back("segments: " + std::string(MessageOf(whole)));
  }
  ASSAY_ASSIGN_OR_RETURN(const SegmentReport report, VerifySegments(verb.blob_dir));
  for (const SegmentProblem& problem : ProblemsOfRun(report.problems, run_id)) {
    problems.push_back(Describe(problem));
  }
  StoreComparison found;
  auto compared = CompareStore(record, verb.blob_dir, redis.store, redis.executor);
  if (compared.ok()) {
    found = *std::move(compared);
  } else if (absl::IsUnavailable(compared.status())) {
    return Annotate(compared.status(), "Redis " + DescribeRedis(verb.redis));
  } else {
    problems.push_back("comparison: " + std::string(MessageOf(compared.status())));
  }
  found.problems.insert(found.problems.begin(), problems.begin(), problems.end());
  return found;
}

}  // namespace

int ClusterFsckCommand(const CliContext& context, const FsckVerb& verb) {
  context.console->UseJson(verb.json);
  if (const absl::Status usable = CheckRedisLocation(verb.redis); !usable.ok()) {
    return Fail(context, "fsck", usable);
  }
  RedisVerbParts redis(verb.redis, context);
  const absl::StatusOr<StoreComparison> found = Check(verb, redis);
  if (!found.ok()) return Fail(context, "fsck", found.status());
  context.console->Say("  " + CountsText(*found) + "\n");
  PrintProblems(context, found->problems);
  const bool clean = found->problems.empty();
  context.console->Say(verb.location.run + ": " +
                       (clean ? "clean, Redis is what the segments say\n"
                              : std::to_string(found->problems.size()) + " problems\n"));
  context.console->Record(DumpJson(OrderedJson{{"record", "fsck"},
                                               {"run_id", verb.location.run},
                                               {"clean", clean},
                                               {"problems", found->problems},
                                               {"redis", CountsJson(*found)}}));
  return clean ? kExitOk : kExitLosses;
}

}  // namespace assay
