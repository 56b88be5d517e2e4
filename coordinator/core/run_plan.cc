#include "coordinator/core/run_plan.h"

#include <algorithm>
#include <limits>
#include <set>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "common/base/log.h"

namespace assay {
namespace {

// Stage names have the dot as separator and are used in keys; units of a run fit 31 bits.
constexpr std::uint64_t kMaxUnits = std::numeric_limits<std::int32_t>::max();
constexpr char kRulesStage[] = "rules";

std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

std::string Quoted(std::string_view name) { return "\"" + EscapeForTerminal(name) + "\""; }

std::array<unsigned char, 32> FromHex(std::string_view hex) {
  const auto value = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::array<unsigned char, 32> raw;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    raw[i] = static_cast<unsigned char>(value(hex[2 * i]) * 16 + value(hex[2 * i + 1]));
  }
  return raw;
}

v1::ScorerSpec WithDefaults(const v1::RunSpec& spec, v1::ScorerSpec scorer) {
  if (scorer.id().empty()) {
    const auto* type =
        v1::ScorerSpec::descriptor()->FindFieldByNumber(static_cast<int>(scorer.type_case()));
    if (type != nullptr) scorer.set_id(type->name());
  }
  if (scorer.compat() == v1::COMPAT_UNSPECIFIED) {
    scorer.set_compat(spec.compat() == v1::COMPAT_UNSPECIFIED ? v1::COMPAT_STRICT : spec.compat());
  }
  return scorer;
}

}  // namespace

bool IsScoring(v1::UnitKind kind) {
  return kind == v1::UNIT_KIND_SCORE_RULES || kind == v1::UNIT_KIND_SCORE_JUDGED ||
         kind == v1::UNIT_KIND_SCORE_PROGRAMS;
}

// A benchmark's scorer may make calls that run programs only.
bool AsksJudge(const v1::ScorerSpec& scorer) {
  return !scorer.has_benchmark() || scorer.accepted().judged();
}

class RunPlanBuilder {
 public:
  RunPlanBuilder(const v1::RunRecord& record, const NeedsCalls& needs_calls)
      : record_(record), spec_(record.spec()), needs_calls_(needs_calls) {
    plan_.record_ = &record;
  }

  absl::StatusOr<RunPlan> Build() {
    ASSAY_RETURN_IF_ERROR(CheckNames());
    ASSAY_RETURN_IF_ERROR(NumberSamples());
    ASSAY_RETURN_IF_ERROR(ResolveScorers());
    ASSAY_RETURN_IF_ERROR(MakeRanges());
    MakeIds();
    return std::move(plan_);
  }

 private:
  absl::Status CheckNames() {
    if (record_.run_id().empty()) return InvalidArgument("run record: no run id");
    if (spec_.models_size() == 0) return InvalidArgument("spec.models: at least one is needed");
    std::set<std::string> seen;
    for (const v1::Model& model : spec_.models()) {
      if (!seen.insert(model.id()).second) {
        return InvalidArgument("spec.models: two models are called " + Quoted(model.id()));
      }
      if (model.has_probe()) continue;
      ASSAY_RETURN_IF_ERROR(
          ResolveEndpoint(model.endpoint(), "model " + Quoted(model.id())).status());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ResolveEndpoint(const std::string& id, const std::string& who) const {
    if (id.empty() && spec_.endpoints_size() == 1) return spec_.endpoints(0).id();
    for (const v1::Endpoint& endpoint : spec_.endpoints()) {
      if (endpoint.id() == id) return id;
    }
    return InvalidArgument(who + ": there is no endpoint " + Quoted(id));
  }

  absl::Status NumberSamples() {
    std::int64_t count = 0;
    for (const v1::Suite& suite : record_.suites()) {
      plan_.suite_first_sample_.push_back(static_cast<std::int32_t>(count));
      count += suite.samples_size();
      std::set<std::string> ids;
      for (const v1::Sample& sample : suite.samples()) {
        if (!ids.insert(sample.id()).second) {
          return InvalidArgument("suite " + Quoted(suite.manifest().name()) +
                                 ": two samples have the id " + Quoted(sample.id()));
        }
      }
    }
    if (count == 0) return InvalidArgument("run record: no sample");
    if (count > std::numeric_limits<std::int32_t>::max()) {
      return InvalidArgument("run record: more samples than can be numbered");
    }
    plan_.sample_count_ = static_cast<std::int32_t>(count);
    return absl::OkStatus();
  }

  absl::Status ResolveScorers() {
    for (const v1::Suite& suite : record_.suites()) {
      const auto& source = spec_.scorers_size() > 0 ? spec_.scorers() : suite.manifest().scorers();
      std::vector<v1::ScorerSpec> scorers;
      std::set<std::string> ids;
      for (const v1::ScorerSpec& given : source) {
        v1::ScorerSpec scorer = WithDefaults(spec_, given);
        if (!ids.insert(scorer.id()).second) {
          return InvalidArgument("scorers: two scorers are called " + Quoted(scorer.id()));
        }
        if (needs_calls_(scorer)) {
          if (scorer.id() == kRulesStage) {
            return InvalidArgument("scorers: a judged scorer may not be called \"rules\"");
          }
          if (AsksJudge(scorer)) {
            ASSAY_ASSIGN_OR_RETURN(const int judge, JudgeOf(scorer));
            scorer.set_judge(spec_.judges(judge).id());
          }
        }
        scorers.push_back(std::move(scorer));
      }
      plan_.suite_scorers_.push_back(std::move(scorers));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int> JudgeOf(const v1::ScorerSpec& scorer) const {
    if (scorer.judge().empty() && spec_.judges_size() == 1) return 0;
    for (int i = 0; i < spec_.judges_size(); ++i) {
      if (spec_.judges(i).id() == scorer.judge()) return i;
    }
    return InvalidArgument("scorer " + Quoted(scorer.id()) + ": there is no judge " +
                           Quoted(scorer.judge()));
  }

  // Before any range is made: a silly number of repeats must cost nothing.
  absl::Status CheckSize(int repeats) const {
    std::uint64_t of_one = 0;  // units of one model and repeat
    for (int suite = 0; suite < record_.suites_size(); ++suite) {
      const auto& scorers = plan_.ScorersOf(suite);
      const auto judged =
          static_cast<std::uint64_t>(std::count_if(scorers.begin(), scorers.end(), needs_calls_));
      // Preparations are counted once too often; it is a bound.
      const std::uint64_t stages = 1 + 2 * judged + (judged < scorers.size() ? 1 : 0);
      of_one += stages * static_cast<std::uint64_t>(record_.suites(suite).samples_size());
    }
    const auto models = static_cast<std::uint64_t>(spec_.models_size());
    if (of_one > kMaxUnits / models / static_cast<std::uint64_t>(repeats)) {
      return InvalidArgument("run record: samples x models x repeats x scorers make more than " +
                             std::to_string(kMaxUnits) + " units");
    }
    return absl::OkStatus();
  }

  absl::Status MakeRanges() {
    const int repeats = std::max(1, spec_.repeats());
    ASSAY_RETURN_IF_ERROR(CheckSize(repeats));
    std::uint64_t units = 0;
    for (int suite = 0; suite < record_.suites_size(); ++suite) {
      ASSAY_RETURN_IF_ERROR(AddPreparations(suite, units));
    }
    for (int model = 0; model < spec_.models_size(); ++model) {
      // A probe says what it says the first time.
      const int times = spec_.models(model).has_probe() ? 1 : repeats;
      for (int repeat = 0; repeat < times; ++repeat) {
        for (int suite = 0; suite < record_.suites_size(); ++suite) {
          ASSAY_RETURN_IF_ERROR(AddSuite(model, repeat, suite, units));
        }
      }
    }
    for (StageRange& range : plan_.ranges_) range.store_digest = StoreDigest(range.stage);
    return absl::OkStatus();
  }

  absl::Status AddPreparations(int suite, std::uint64_t& units) {
    if (record_.suites(suite).samples_size() == 0) return absl::OkStatus();
    const auto& scorers = plan_.suite_scorers_[static_cast<std::size_t>(suite)];
    for (int i = 0; i < static_cast<int>(scorers.size()); ++i) {
      const v1::ScorerSpec& scorer = scorers[static_cast<std::size_t>(i)];
      if (!scorer.accepted().prepares()) continue;
      StageRange range;
      range.kind = v1::UNIT_KIND_PREPARE;
      range.stage = "p." + scorer.id();
      range.model = -1;
      range.suite = suite;
      range.scorers = {i};
      range.first_sample = plan_.suite_first_sample_[static_cast<std::size_t>(suite)];
      range.samples = record_.suites(suite).samples_size();
      range.generation = static_cast<int>(plan_.ranges_.size());
      ASSAY_ASSIGN_OR_RETURN(range.judge, JudgeOf(scorer));
      ASSAY_ASSIGN_OR_RETURN(range.endpoint,
                             ResolveEndpoint(spec_.judges(range.judge).endpoint(), "judge"));
      Append(std::move(range), units);
    }
    return absl::OkStatus();
  }

  // The range of a scorer's preparations in a suite; -1: it prepares nothing.
  int PreparationRange(int suite, int scorer) const {
    for (std::size_t i = 0; i < plan_.ranges_.size(); ++i) {
      const StageRange& range = plan_.ranges_[i];
      if (range.kind != v1::UNIT_KIND_PREPARE) break;
      if (range.suite == suite && range.scorers[0] == scorer) return static_cast<int>(i);
    }
    return -1;
  }

  absl::Status AddSuite(int model, int repeat, int suite, std::uint64_t& units) {
    if (record_.suites(suite).samples_size() == 0) return absl::OkStatus();
    const v1::Model& m = spec_.models(model);
    const std::string tail = "." + m.id() + "." + std::to_string(repeat);
    const int generation = static_cast<int>(plan_.ranges_.size());
    StageRange base;
    base.model = model;
    base.repeat = repeat;
    base.suite = suite;
    base.generation = generation;
    base.first_sample = plan_.suite_first_sample_[static_cast<std::size_t>(suite)];
    base.samples = record_.suites(suite).samples_size();
    if (m.has_probe()) base.samples = std::min(base.samples, std::max(1, m.probe().samples()));

    StageRange generate = base;
    generate.kind = v1::UNIT_KIND_GENERATE;
    generate.stage = "g" + tail;
    if (!m.has_probe()) {
      ASSAY_ASSIGN_OR_RETURN(generate.endpoint, ResolveEndpoint(m.endpoint(), "model"));
    }
    Append(std::move(generate), units);

    const auto& scorers = plan_.suite_scorers_[static_cast<std::size_t>(suite)];
    StageRange rules = base;
    rules.kind = v1::UNIT_KIND_SCORE_RULES;
    rules.stage = std::string("s.") + kRulesStage + tail;
    for (int i = 0; i < static_cast<int>(scorers.size()); ++i) {
      if (!needs_calls_(scorers[static_cast<std::size_t>(i)])) rules.scorers.push_back(i);
    }
    if (!rules.scorers.empty()) Append(std::move(rules), units);
    for (int i = 0; i < static_cast<int>(scorers.size()); ++i) {
      const v1::ScorerSpec& scorer = scorers[static_cast<std::size_t>(i)];
      if (!needs_calls_(scorer)) continue;
      StageRange judged = base;
      judged.kind = scorer.accepted().runs_programs() ? v1::UNIT_KIND_SCORE_PROGRAMS
                                                      : v1::UNIT_KIND_SCORE_JUDGED;
      judged.stage = "s." + scorer.id() + tail;
      judged.scorers = {i};
      judged.preparation = PreparationRange(suite, i);
      if (AsksJudge(scorer)) {
        ASSAY_ASSIGN_OR_RETURN(judged.judge, JudgeOf(scorer));
        ASSAY_ASSIGN_OR_RETURN(judged.endpoint,
                               ResolveEndpoint(spec_.judges(judged.judge).endpoint(), "judge"));
      }
      Append(std::move(judged), units);
    }
    return absl::OkStatus();
  }

  void Append(StageRange range, std::uint64_t& units) {
    range.first = static_cast<UnitIndex>(units);
    units += static_cast<std::uint64_t>(range.samples);
    range.config_digest = ConfigDigest(range);
    plan_.ranges_.push_back(std::move(range));
  }

  // Of everything that shapes the result of a unit, and of nothing else: the same model behind
  // another endpoint or under another display name has the same configuration.
  std::string ConfigDigest(const StageRange& range) const {
    FieldHasher hasher("assay.config.v1");
    if (range.kind == v1::UNIT_KIND_GENERATE) {
      v1::Model model = plan_.ModelFor(range);
      model.clear_endpoint();
      model.clear_id();
      hasher.Add("model").Add(Deterministic(model));
    }
    if (range.judge >= 0) {
      v1::Judge judge = spec_.judges(range.judge);
      judge.clear_endpoint();
      judge.clear_id();
      hasher.Add("judge").Add(Deterministic(judge));
    }
    for (const int i : range.scorers) {
      v1::ScorerSpec scorer = plan_.ScorersOf(range.suite)[static_cast<std::size_t>(i)];
      scorer.clear_judge();
      scorer.clear_accepted();
      hasher.Add("scorer").Add(Deterministic(scorer));
    }
    return "sha256:" + hasher.FinishHex();
  }

  // A shard may hold samples of two suites, whose configurations of one stage may differ.
  std::string StoreDigest(const std::string& stage) const {
    FieldHasher hasher("assay.stage.v1");
    for (const StageRange& range : plan_.ranges_) {
      if (range.stage == stage) hasher.Add(range.config_digest);
    }
    return hasher.FinishHex();
  }

  void MakeIds() {
    const StageRange& last = plan_.ranges_.back();
    plan_.ids_.resize(last.first + static_cast<UnitIndex>(last.samples));
    for (const StageRange& range : plan_.ranges_) {
      const v1::Suite& suite = record_.suites(range.suite);
      for (int i = 0; i < range.samples; ++i) {
        plan_.ids_[range.first + static_cast<UnitIndex>(i)] =
            FromHex(FieldHasher("assay.unit.v1")
                        .Add(record_.run_id())
                        .Add(suite.digest())
                        .Add(suite.manifest().name())
                        .Add(suite.samples(i).id())
                        .Add(range.stage)
                        .Add(range.config_digest)
                        .Add(std::to_string(range.repeat))
                        .FinishHex());
      }
    }
    plan_.by_id_.resize(plan_.ids_.size());
    for (UnitIndex i = 0; i < plan_.by_id_.size(); ++i) plan_.by_id_[i] = i;
    std::sort(plan_.by_id_.begin(), plan_.by_id_.end(),
              [this](UnitIndex a, UnitIndex b) { return plan_.ids_[a] < plan_.ids_[b]; });
  }

  const v1::RunRecord& record_;
  const v1::RunSpec& spec_;
  const NeedsCalls& needs_calls_;
  RunPlan plan_;
};

absl::StatusOr<RunPlan> RunPlan::Make(const v1::RunRecord& record, const NeedsCalls& needs_calls) {
  ASSAY_ASSIGN_OR_RETURN(RunPlan plan, RunPlanBuilder(record, needs_calls).Build());
  for (std::size_t i = 1; i < plan.by_id_.size(); ++i) {
    if (plan.ids_[plan.by_id_[i - 1]] == plan.ids_[plan.by_id_[i]]) {
      return InvalidArgument("run record: the same suite stands in it twice");
    }
  }
  return plan;
}

const std::vector<v1::ScorerSpec>& RunPlan::ScorersOf(int suite) const {
  return suite_scorers_[static_cast<std::size_t>(suite)];
}

const StageRange& RunPlan::RangeOf(UnitIndex unit) const {
  ASSAY_CHECK(unit < ids_.size());
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), unit,
                       [](UnitIndex u, const StageRange& range) { return u < range.first; });
  return *(after - 1);
}

std::int32_t RunPlan::SampleIndexOf(UnitIndex unit) const {
  const StageRange& range = RangeOf(unit);
  return range.first_sample + static_cast<std::int32_t>(unit - range.first);
}

const v1::Sample& RunPlan::SampleOf(UnitIndex unit) const {
  const StageRange& range = RangeOf(unit);
  return record_->suites(range.suite).samples(static_cast<int>(unit - range.first));
}

UnitIndex RunPlan::GenerationOf(UnitIndex unit) const {
  const StageRange& range = RangeOf(unit);
  return ranges_[static_cast<std::size_t>(range.generation)].first + (unit - range.first);
}

std::optional<UnitIndex> RunPlan::PreparationOf(UnitIndex unit) const {
  const StageRange& range = RangeOf(unit);
  if (range.preparation < 0) return std::nullopt;
  return ranges_[static_cast<std::size_t>(range.preparation)].first + (unit - range.first);
}

std::vector<UnitIndex> RunPlan::PreparedBy(UnitIndex preparation) const {
  std::vector<UnitIndex> units;
  const StageRange& prepared = RangeOf(preparation);
  if (prepared.kind != v1::UNIT_KIND_PREPARE) return units;
  const UnitIndex offset = preparation - prepared.first;
  for (const StageRange& range : ranges_) {
    if (range.preparation < 0 || offset >= static_cast<UnitIndex>(range.samples)) continue;
    if (&ranges_[static_cast<std::size_t>(range.preparation)] != &prepared) continue;
    units.push_back(range.first + offset);
  }
  return units;
}

std::vector<UnitIndex> RunPlan::ScoringsOf(UnitIndex generation) const {
  std::vector<UnitIndex> units;
  const StageRange& range = RangeOf(generation);
  if (range.kind != v1::UNIT_KIND_GENERATE) return units;
  for (auto i = static_cast<std::size_t>(range.generation) + 1;
       i < ranges_.size() && ranges_[i].generation == range.generation; ++i) {
    units.push_back(ranges_[i].first + (generation - range.first));
  }
  return units;
}

std::string RunPlan::IdOf(UnitIndex unit) const {
  ASSAY_CHECK(unit < ids_.size());
  return ToHex({reinterpret_cast<const char*>(ids_[unit].data()), ids_[unit].size()});
}

std::optional<RunPlan::RawId> RunPlan::Decode(std::string_view unit_id) {
  if (unit_id.size() != 64 ||
      unit_id.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::nullopt;
  }
  return FromHex(unit_id);
}

std::optional<UnitIndex> RunPlan::Find(const RawId& unit_id) const {
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), unit_id,
                                      [this](UnitIndex u, const auto& id) { return ids_[u] < id; });
  if (found == by_id_.end() || ids_[*found] != unit_id) return std::nullopt;
  return *found;
}

std::optional<UnitIndex> RunPlan::Find(std::string_view unit_id) const {
  const std::optional<RawId> raw = Decode(unit_id);
  return raw ? Find(*raw) : std::nullopt;
}

v1::Unit RunPlan::UnitOf(UnitIndex unit) const {
  const StageRange& range = RangeOf(unit);
  v1::Unit message;
  message.set_id(IdOf(unit));
  message.set_run_id(run_id());
  message.set_stage(range.stage);
  message.set_kind(range.kind);
  message.set_sample_index(SampleIndexOf(unit));
  if (range.model >= 0) message.set_model_id(record_->spec().models(range.model).id());
  message.set_repeat(range.repeat);
  for (const int i : range.scorers) {
    message.add_scorer_ids(ScorersOf(range.suite)[static_cast<std::size_t>(i)].id());
  }
  if (IsScoring(range.kind)) message.set_upstream_id(IdOf(GenerationOf(unit)));
  message.set_endpoint(range.endpoint);
  return message;
}

v1::Model RunPlan::ModelFor(const StageRange& range) const {
  if (range.model < 0) return {};
  v1::Model model = record_->spec().models(range.model);
  *model.mutable_sampling() = SamplingFor(range);
  if (model.strategy().name().empty()) model.mutable_strategy()->set_name("direct");
  return model;
}

v1::Sampling RunPlan::SamplingFor(const StageRange& range) const {
  v1::Sampling merged = record_->suites(range.suite).manifest().sampling();
  const v1::Sampling& own = record_->spec().models(range.model).sampling();
  if (own.stop_size() > 0) merged.clear_stop();
  merged.MergeFrom(own);
  return merged;
}

}  // namespace assay
