#include "common/config/run_spec_checks.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/config/base_url.h"
#include "common/config/message_decoder.h"
#include "common/config/message_writer.h"
#include "common/config/run_spec.h"

namespace assay {
namespace {

constexpr int kMaxListed = 1000;         // suites, endpoints, models, judges, scorers
constexpr double kWeekSeconds = 604800;  // no deadline is longer
constexpr double kMonthSeconds = 2592000;
constexpr std::int64_t kMaxTokensPerMinute = 1'000'000'000'000;

std::string Item(std::string_view list, int index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// Model names are the server's: ASCII without controls and without what would need escaping in a
// page, a path or a shell.
bool IsModelName(std::string_view name) {
  static constexpr std::string_view kRefused = "<>\"'`\\&$|;*?{}!^";
  return !name.empty() && name.size() <= 256 && name.front() != ' ' && name.back() != ' ' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return c >= ' ' && c < 0x7F && kRefused.find(c) == std::string_view::npos;
         });
}

bool IsPlainText(std::string_view text, std::size_t max_bytes) {
  return text.size() <= max_bytes && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= ' ' && c != 0x7F;
         });
}

class Checker {
 public:
  Checker(const v1::RunSpec& spec, ConfigErrors* errors) : spec_(spec), errors_(errors) {}

  void Run() {
    if (!IsPlainText(spec_.name(), 128)) {
      Fail("name", "must be one line of at most 128 bytes");
    }
    if (!CheckSizes()) return;
    for (int i = 0; i < spec_.suites_size(); ++i) Suite(i);
    for (int i = 0; i < spec_.endpoints_size(); ++i) Endpoint(i);
    for (int i = 0; i < spec_.models_size(); ++i) Model(i);
    for (int i = 0; i < spec_.judges_size(); ++i) Judge(i);
    for (int i = 0; i < spec_.scorers_size(); ++i) Scorer(i);
    CheckTwins();
    CheckSelfJudging();
    Whole("repeats", spec_.repeats(), 1, kMaxRepeats);
    if (spec_.seed() < 0) Fail("seed", "must not be negative");
    Whole("weight", spec_.weight(), 1, 100);
    Retry();
    Labels();
  }

 private:
  void Fail(const std::string& path, std::string_view what) {
    errors_->AddUnlessBroken(path, what);
  }

  bool Given(const std::string& path, bool not_default) const {
    return not_default || errors_->Written(path);
  }

  void Whole(const std::string& path, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (!Given(path, value != 0) || (value >= low && value <= high)) return;
    Fail(path, "must be from " + std::to_string(low) + " to " + std::to_string(high) + ", is " +
                   std::to_string(value));
  }

  // A number of seconds: more than 0 (or 0 too), at most `high`.
  void Seconds(const std::string& path, double value, double high, bool zero_allowed) {
    if (!Given(path, value != 0)) return;
    const bool low_enough = std::isfinite(value) && value <= high;
    if (low_enough && (value > 0 || (zero_allowed && value == 0))) return;
    Fail(path, std::string("must be ") + (zero_allowed ? "from 0" : "more than 0") + " to " +
                   std::to_string(static_cast<std::int64_t>(high)) + " seconds");
  }

  // False when a list is so long that looking at its items is no use.
  bool CheckSizes() {
    bool usable = true;
    const auto check = [this, &usable](const char* list, int size, const char* needed) {
      if (size == 0 && needed != nullptr) Fail(list, needed);
      if (size <= kMaxListed) return;
      errors_->Add(list, "at most 1000 items, are " + std::to_string(size));
      usable = false;
    };
    check("suites", spec_.suites_size(), "at least one suite is needed, such as - name: starter");
    check("models", spec_.models_size(), "at least one model is needed");
    check("endpoints", spec_.endpoints_size(), "at least one endpoint is needed");
    check("judges", spec_.judges_size(), nullptr);
    check("scorers", spec_.scorers_size(), nullptr);
    return usable;
  }

  void Unique(const std::string& path, std::string_view noun, const std::string& id,
              std::map<std::string, std::string>* seen) {
    const auto [earlier, added] = seen->emplace(Lower(id), path);
    if (added) return;
    Fail(path, std::string(noun) + " " + QuoteForError(id) + " is there already (" +
                   earlier->second + "); give each an id of its own, differing in more than case");
  }

  void Suite(int index) {
    const v1::SuiteRef& suite = spec_.suites(index);
    const std::string path = Item("suites", index);
    if (suite.name().empty() == suite.path().empty()) {
      Fail(path, suite.name().empty() ? "needs a name (such as starter) or a path"
                                      : "only one of name and path may be given");
    }
    if (!suite.name().empty() && !IsId(suite.name())) {
      Fail(path + ".name", "must be of letters, digits, '-', '_' and '.', at most 64, is " +
                               QuoteForError(suite.name()));
    }
    if (!IsPlainText(suite.path(), 4096)) Fail(path + ".path", "must be one line");
    if (const auto range = ParseLimit(suite.limit(), 1'000'000'000); !range.ok()) {
      Fail(path + ".limit", MessageOf(range.status()));
    }
    const std::string& key = suite.name().empty() ? suite.path() : suite.name();
    if (!key.empty()) Unique(path, "suite", key, &suites_);
  }

  void Endpoint(int index) {
    const v1::Endpoint& endpoint = spec_.endpoints(index);
    const std::string path = Item("endpoints", index);
    const bool only_one = spec_.endpoints_size() == 1;
    if (endpoint.id().empty()) {
      if (!only_one) Fail(path + ".id", "is missing (needed when there is more than one)");
    } else if (!IsId(endpoint.id())) {
      Fail(path + ".id", "must be of letters, digits, '-', '_' and '.', at most 64, is " +
                             QuoteForError(endpoint.id()));
    } else {
      Unique(path + ".id", "endpoint", endpoint.id(), &endpoints_);
    }
    if (const absl::Status url = CheckBaseUrl(endpoint.base_url()); !url.ok()) {
      Fail(path + ".base_url", MessageOf(url));
    }
    Key(endpoint, path);
    Whole(path + ".max_in_flight", endpoint.max_in_flight(), 1, 65536);
    Whole(path + ".context_tokens", endpoint.context_tokens(), 1, 1 << 30);
    Whole(path + ".tokens_per_minute", endpoint.tokens_per_minute(), 1, kMaxTokensPerMinute);
    Whole(path + ".requests_per_minute", endpoint.requests_per_minute(), 1, 10'000'000);
    const v1::Deadlines& deadlines = endpoint.deadlines();
    const std::string d = path + ".deadlines.";
    Seconds(d + "connect_timeout_s", deadlines.connect_timeout_s(), 3600, false);
    Seconds(d + "first_token_timeout_s", deadlines.first_token_timeout_s(), kWeekSeconds, false);
    Seconds(d + "stall_timeout_s", deadlines.stall_timeout_s(), kWeekSeconds, false);
    Seconds(d + "wall_timeout_s", deadlines.wall_timeout_s(), kWeekSeconds, true);
    for (const auto& [name, price] :
         {std::pair<const char*, double>{"input_usd_per_mtok",
                                         endpoint.price().input_usd_per_mtok()},
          {"output_usd_per_mtok", endpoint.price().output_usd_per_mtok()}}) {
      if (price < 0 || price > 1e6) Fail(path + ".price." + name, "must be from 0 to 1000000");
    }
    const std::string& field = endpoint.max_tokens_field();
    if (!field.empty() && field != "max_tokens" && field != "max_completion_tokens") {
      Fail(path + ".max_tokens_field",
           "expected max_tokens or max_completion_tokens, found " + QuoteForError(field));
    }
  }

  void Key(const v1::Endpoint& endpoint, const std::string& path) {
    const std::string& name = endpoint.api_key_env();
    const bool is_name = !name.empty() && name.size() <= 128 &&
                         std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
                         std::all_of(name.begin(), name.end(), [](char c) {
                           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
                         });
    if (!name.empty() && !is_name) {
      Fail(path + ".api_key_env",
           "must be the name of an environment variable, such as OPENAI_API_KEY (not the key)");
    }
    if (!name.empty() && !endpoint.api_key_file().empty()) {
      Fail(path + ".api_key_file", "only one of api_key_env and api_key_file may be given");
    }
    if (!IsPlainText(endpoint.api_key_file(), 4096)) {
      Fail(path + ".api_key_file", "must be the path of a file (not the key)");
    }
  }

  // Endpoint of a model or judge; nullptr, with an error added unless it follows from another.
  const v1::Endpoint* EndpointOf(const std::string& id, const std::string& path) {
    if (id.empty()) {
      if (spec_.endpoints_size() == 1) return &spec_.endpoints(0);
      if (spec_.endpoints_size() > 1) {
        Fail(path, "is missing (needed when there is more than one endpoint)");
      }
      return nullptr;
    }
    std::vector<std::string> ids;
    for (const v1::Endpoint& endpoint : spec_.endpoints()) {
      if (endpoint.id() == id) return &endpoint;
      ids.push_back(endpoint.id());
    }
    if (errors_->Broken("endpoints")) return nullptr;
    if (id.find("://") != std::string::npos) {
      Fail(path, "must be the id of one of the endpoints, not a URL");
      return nullptr;
    }
    const std::string near = NearestName(id, ids);
    Fail(path, "there is no endpoint " + QuoteForError(id) +
                   (near.empty() ? "" : "; did you mean " + near + "?"));
    return nullptr;
  }

  void ModelName(const std::string& name, const std::string& path) {
    if (name.empty()) return Fail(path, "is missing: the name that the server knows the model by");
    if (IsModelName(name)) return;
    Fail(path, "must be of at most 256 letters, digits, spaces and any of /:._-@+=,()[]#~%, is " +
                   QuoteForError(name));
  }

  void Model(int index) {
    const v1::Model& model = spec_.models(index);
    const std::string path = Item("models", index);
    if (model.has_probe()) {
      return Fail(path + ".probe", "probes are added when a run is accepted; see judge_health");
    }
    ModelName(model.model(), path + ".model");
    if (!model.id().empty()) ModelName(model.id(), path + ".id");
    const std::string& id = model.id().empty() ? model.model() : model.id();
    if (!id.empty()) Unique(path + (model.id().empty() ? "" : ".id"), "model", id, &models_);
    const v1::Endpoint* endpoint = EndpointOf(model.endpoint(), path + ".endpoint");
    CheckSampling(model.sampling(), path + ".sampling", errors_);
    if (endpoint != nullptr && endpoint->context_tokens() > 0 &&
        model.sampling().max_tokens() >= endpoint->context_tokens()) {
      Fail(path + ".sampling.max_tokens", "must be less than the endpoint's context_tokens (" +
                                              std::to_string(endpoint->context_tokens()) +
                                              "), is " +
                                              std::to_string(model.sampling().max_tokens()));
    }
  }

  void Judge(int index) {
    const v1::Judge& judge = spec_.judges(index);
    const std::string path = Item("judges", index);
    ModelName(judge.model(), path + ".model");
    if (!judge.id().empty()) ModelName(judge.id(), path + ".id");
    const std::string& id = judge.id().empty() ? judge.model() : judge.id();
    if (!id.empty()) Unique(path + (judge.id().empty() ? "" : ".id"), "judge", id, &judges_);
    EndpointOf(judge.endpoint(), path + ".endpoint");
    CheckSampling(judge.sampling(), path + ".sampling", errors_);
  }

  void Scorer(int index) {
    const v1::ScorerSpec& scorer = spec_.scorers(index);
    const std::string path = Item("scorers", index);
    CheckScorer(scorer, path, errors_);
    const std::string id = scorer.id().empty() ? DefaultScorerId(scorer) : scorer.id();
    if (!scorer.id().empty() && (!IsId(id) || id.find('.') != std::string::npos)) {
      Fail(path + ".id",
           "must be of letters, digits, '-' and '_', at most 64, is " + QuoteForError(id));
    } else if (!id.empty()) {
      Unique(path + (scorer.id().empty() ? "" : ".id"), "scorer", id, &scorers_);
    }
    // Whether a benchmark's scorer asks is known when the run is accepted.
    const bool named = scorer.has_benchmark() && !scorer.judge().empty();
    if (IsJudged(scorer) || named) JudgeOf(scorer, path);
  }

  void JudgeOf(const v1::ScorerSpec& scorer, const std::string& path) {
    if (errors_->Broken("judges")) return;
    if (spec_.judges_size() == 0) {
      return Fail(path, "needs a judge, and the spec has none; add judges: with a model");
    }
    if (scorer.judge().empty()) {
      if (spec_.judges_size() > 1 && scorer.panel().empty()) {
        Fail(path + ".judge", "is missing (needed when there is more than one judge)");
      }
      return;
    }
    std::vector<std::string> ids;
    for (const v1::Judge& judge : spec_.judges()) {
      ids.push_back(judge.id().empty() ? judge.model() : judge.id());
      if (ids.back() == scorer.judge()) return;
    }
    const std::string near = NearestName(scorer.judge(), ids);
    Fail(path + ".judge", "there is no judge " + QuoteForError(scorer.judge()) +
                              (near.empty() ? "" : "; did you mean " + near + "?"));
  }

  // The same model with the same parameters under two ids is a mistake more often than a wish.
  void CheckTwins() {
    std::map<std::string, int> seen;
    for (int i = 0; i < spec_.models_size(); ++i) {
      v1::Model model = spec_.models(i);
      if (model.model().empty()) continue;
      model.clear_id();
      const auto [earlier, added] = seen.emplace(CanonicalJson(model), i);
      if (added) continue;
      Fail(Item("models", i), "is the same as " + Item("models", earlier->second) +
                                  "; use repeats to generate more than once");
    }
  }

  void CheckSelfJudging() {
    if (spec_.allow_self_judge() || errors_->Broken("endpoints")) return;
    for (int i = 0; i < spec_.judges_size(); ++i) {
      const v1::Judge& judge = spec_.judges(i);
      const std::string url = UrlOf(judge.endpoint());
      for (const v1::Model& model : spec_.models()) {
        if (judge.model().empty() || Lower(model.model()) != Lower(judge.model()) ||
            url != UrlOf(model.endpoint())) {
          continue;
        }
        Fail(Item("judges", i), "judge " + QuoteForError(judge.model()) +
                                    " is one of the models under test; set allow_self_judge: true "
                                    "if that is meant");
      }
    }
  }

  std::string UrlOf(const std::string& endpoint_id) const {
    for (const v1::Endpoint& endpoint : spec_.endpoints()) {
      if (endpoint.id() == endpoint_id || (endpoint_id.empty() && spec_.endpoints_size() == 1)) {
        return Lower(endpoint.base_url());
      }
    }
    return "";
  }

  void Retry() {
    const v1::RetryLimits& retry = spec_.retry();
    Whole("retry.infra_attempts", retry.infra_attempts(), 1, 100);
    Seconds("retry.backoff_initial_s", retry.backoff_initial_s(), 3600, false);
    Seconds("retry.backoff_max_s", retry.backoff_max_s(), 86400, false);
    Seconds("retry.unit_deadline_s", retry.unit_deadline_s(), kMonthSeconds, false);
    if (retry.backoff_initial_s() > 0 && retry.backoff_max_s() > 0 &&
        retry.backoff_initial_s() > retry.backoff_max_s()) {
      Fail("retry.backoff_max_s", "must not be less than backoff_initial_s");
    }
  }

  void Labels() {
    if (spec_.labels_size() > 64) Fail("labels", "at most 64 labels");
    const std::map<std::string, std::string> sorted(spec_.labels().begin(), spec_.labels().end());
    for (const auto& [key, value] : sorted) {
      if (!IsId(key)) {
        Fail("labels",
             "a label's name must be of letters, digits, '-', '_' and '.', at most 64, is " +
                 QuoteForError(key));
      } else if (!IsPlainText(value, 256)) {
        Fail("labels." + key, "must be one line of at most 256 bytes");
      }
    }
  }

  const v1::RunSpec& spec_;
  ConfigErrors* errors_;
  std::map<std::string, std::string> suites_;
  std::map<std::string, std::string> endpoints_;
  std::map<std::string, std::string> models_;
  std::map<std::string, std::string> judges_;
  std::map<std::string, std::string> scorers_;
};

}  // namespace

void CheckRunSpec(const v1::RunSpec& spec, ConfigErrors* errors) { Checker(spec, errors).Run(); }

}  // namespace assay
