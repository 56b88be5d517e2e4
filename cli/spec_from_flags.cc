#include "cli/spec_from_flags.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/config/config_errors.h"
#include "common/config/message_decoder.h"
#include "common/config/message_writer.h"
#include "common/config/run_spec.h"
#include "common/config/run_spec_checks.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr char kDefaultEndpoint[] = "default";
constexpr char kJudgeEndpoint[] = "judge";

// Where the value of a flag goes; "*" stands for every element of the list.
struct FlagPath {
  std::string_view flag;
  std::string_view list;   // "models", "endpoints", "suites", or empty: a field of the spec itself
  std::string_view field;  // below the element
};

constexpr FlagPath kFlagPaths[] = {
    {"--limit", "suites", "limit"},
    {"--temperature", "models", "sampling.temperature"},
    {"--top-p", "models", "sampling.top_p"},
    {"--top-k", "models", "sampling.top_k"},
    {"--max-tokens", "models", "sampling.max_tokens"},
    {"--seed", "models", "sampling.seed"},
    {"--system-prompt", "models", "system_prompt"},
    {"--strategy", "models", "strategy.name"},
    {"--max-connections", "endpoints", "max_in_flight"},
    {"--timeout", "endpoints", "deadlines.wall_timeout_s"},
    {"--repeats", "", "repeats"},
    {"--compat", "", "compat"},
    {"--on-truncation", "", "on_truncation"},
};

bool LooksLikeSpecFile(std::string_view target) {
  for (const std::string_view end : {".yaml", ".yml", ".json"}) {
    if (target.ends_with(end)) return true;
  }
  return false;
}

// The types of scorers that a spec can name.
const google::protobuf::OneofDescriptor* ScorerTypes() {
  return v1::ScorerSpec::descriptor()->FindOneofByName("type");
}

// A benchmark's scorer needs the files of its suite, and is named by the suite's own id of it.
bool CanBeNamed(const google::protobuf::FieldDescriptor& type) {
  return type.containing_oneof() == ScorerTypes() &&
         type.number() != v1::ScorerSpec::kBenchmarkFieldNumber;
}

// Makes *scorer one of the type TYPE with that type's defaults, or with a preset of it, where
// `name` is TYPE or TYPE:PRESET. False where no type, or none with presets, is called so.
bool SetType(const std::string& name, v1::ScorerSpec* scorer) {
  const size_t colon = name.find(':');
  const auto* type = v1::ScorerSpec::descriptor()->FindFieldByName(name.substr(0, colon));
  if (type == nullptr || !CanBeNamed(*type)) return false;
  google::protobuf::Message* settings = scorer->GetReflection()->MutableMessage(scorer, type);
  if (colon == std::string::npos) {
    if (scorer->has_rubric()) scorer->mutable_rubric()->set_preset("general");
    return true;
  }
  const auto* preset = settings->GetDescriptor()->FindFieldByName("preset");
  if (preset == nullptr) return false;
  settings->GetReflection()->SetString(settings, preset, name.substr(colon + 1));
  return true;
}

// What --scorer takes beside scorers of a suite, and those of this suite, in order of name.
std::string ScorerNames(const std::vector<v1::ScorerSpec>& known) {
  std::set<std::string> names;
  for (int i = 0; i < ScorerTypes()->field_count(); ++i) {
    const auto* type = ScorerTypes()->field(i);
    if (!CanBeNamed(*type)) continue;
    names.insert(type->name());
    if (type->message_type()->FindFieldByName("preset") != nullptr) {
      names.insert(type->name() + ":PRESET");
    }
  }
  for (const v1::ScorerSpec& one : known) {
    if (!one.id().empty()) names.insert(one.id());
  }
  return absl::StrJoin(names, ", ");
}

// Merges flags into one spec and remembers which flag set which path.
class SpecBuilder {
 public:
  SpecBuilder(v1::RunSpec spec, const SpecFlags& flags, const EnvironmentLookup& environment)
      : spec_(std::move(spec)), flags_(flags), environment_(environment) {}

  void SetSuite(std::string_view target);
  absl::Status SetModels();
  absl::Status SetJudges();
  absl::Status SetScorers(const std::vector<v1::ScorerSpec>& known);
  absl::Status SetValues();
  absl::Status Validate(std::string_view name) const;

  const v1::RunSpec& spec() const { return spec_; }

 private:
  // The endpoint with this id, made if there is none; `url_flag` is where its URL came from.
  absl::Status SetEndpoint(const std::string& id, const std::string& url, std::string_view url_flag,
                           const std::string& key_env, std::string_view key_flag);
  absl::Status SetPath(const std::string& path, const std::string& value, std::string_view flag);
  std::string EnvironmentUrl(std::string* origin) const;
  int ListSize(std::string_view list) const;

  v1::RunSpec spec_;
  const SpecFlags& flags_;
  const EnvironmentLookup& environment_;
  std::vector<std::pair<std::string, std::string>> origins_;  // path, flag
};

void SpecBuilder::SetSuite(std::string_view target) {
  v1::SuiteRef* suite = spec_.add_suites();
  std::error_code ignored;
  const bool folder = target.find('/') != std::string_view::npos ||
                      fs::exists(fs::path(target) / "suite.yaml", ignored);
  if (folder) {
    suite->set_path(fs::absolute(fs::path(target)).lexically_normal().string());
    origins_.emplace_back("suites[0].path", "TARGET");
  } else {
    suite->set_name(std::string(target));
    origins_.emplace_back("suites[0].name", "TARGET");
  }
}

std::string SpecBuilder::EnvironmentUrl(std::string* origin) const {
  for (const char* name : {"OPENAI_BASE_URL", "OPENAI_API_BASE"}) {
    const auto value = environment_(name);
    if (!value.has_value() || value->empty()) continue;
    *origin = name;
    return *value;
  }
  return "";
}

absl::Status SpecBuilder::SetEndpoint(const std::string& id, const std::string& url,
                                      std::string_view url_flag, const std::string& key_env,
                                      std::string_view key_flag) {
  v1::Endpoint* endpoint = nullptr;
  for (v1::Endpoint& known : *spec_.mutable_endpoints()) {
    if (known.id() == id) endpoint = &known;
  }
  if (endpoint == nullptr) {
    endpoint = spec_.add_endpoints();
    endpoint->set_id(id);
  }
  const std::string path =
      "endpoints[" + std::to_string(endpoint - &*spec_.mutable_endpoints()->begin()) + "]";
  endpoint->set_base_url(url);
  origins_.emplace_back(path + ".base_url", url_flag);
  if (!key_env.empty()) {
    endpoint->set_api_key_env(key_env);
    origins_.emplace_back(path + ".api_key_env", key_flag);
  } else if (environment_("OPENAI_API_KEY").value_or("") != "") {
    endpoint->set_api_key_env("OPENAI_API_KEY");
  }
  return absl::OkStatus();
}

absl::Status SpecBuilder::SetModels() {
  std::string url = flags_.base_url;
  std::string origin = "--base-url";
  if (url.empty() && spec_.endpoints().empty()) url = EnvironmentUrl(&origin);
  if (!flags_.models.empty()) {
    spec_.clear_models();
    for (const std::string& name : flags_.models) {
      v1::Model* model = spec_.add_models();
      model->set_model(std::string(StripProvider(name)));
      const std::string path = "models[" + std::to_string(spec_.models_size() - 1) + "]";
      origins_.emplace_back(path + ".model", "--model");
      origins_.emplace_back(path + ".id", "--model");
      if (!url.empty()) model->set_endpoint(kDefaultEndpoint);
    }
    if (url.empty() && spec_.endpoints().empty()) {
      return InvalidArgument(
          "--model needs a server: give --base-url URL (e.g. http://127.0.0.1:8000/v1) or set "
          "OPENAI_BASE_URL");
    }
    if (!url.empty()) {
      return SetEndpoint(kDefaultEndpoint, url, origin, flags_.api_key_env, "--api-key-env");
    }
  }
  if (flags_.models.empty() && !flags_.base_url.empty()) {
    if (spec_.endpoints_size() != 1) {
      return InvalidArgument("--base-url: the spec has " + std::to_string(spec_.endpoints_size()) +
                             " endpoints; name one with --set endpoints[0].base_url=URL");
    }
    return SetEndpoint(spec_.endpoints(0).id(), flags_.base_url, "--base-url", flags_.api_key_env,
                       "--api-key-env");
  }
  if (!flags_.api_key_env.empty()) {
    for (v1::Endpoint& endpoint : *spec_.mutable_endpoints()) {
      endpoint.set_api_key_env(flags_.api_key_env);
    }
  }
  return absl::OkStatus();
}

absl::Status SpecBuilder::SetJudges() {
  if (flags_.judges.empty()) {
    if (flags_.judge_base_url.empty()) return absl::OkStatus();
    return InvalidArgument("--judge-base-url: also say which model judges, with --judge NAME");
  }
  std::string url = flags_.judge_base_url;
  std::string origin = "--judge-base-url";
  if (url.empty() && spec_.endpoints().empty()) url = EnvironmentUrl(&origin);
  std::string endpoint;
  if (!url.empty()) {
    endpoint = kJudgeEndpoint;
    ASSAY_RETURN_IF_ERROR(
        SetEndpoint(endpoint, url, origin, flags_.judge_api_key_env, "--judge-api-key-env"));
  } else if (spec_.endpoints_size() > 0) {
    // The judge of the spec stays where it was; a new one is where the models are.
    endpoint = spec_.judges_size() == 1  ? spec_.judges(0).endpoint()
               : spec_.models_size() > 0 ? spec_.models(0).endpoint()
                                         : "";
  } else {
    return InvalidArgument("--judge needs a server: give --judge-base-url URL or --base-url URL");
  }
  spec_.clear_judges();
  for (const std::string& name : flags_.judges) {
    v1::Judge* judge = spec_.add_judges();
    judge->set_model(std::string(StripProvider(name)));
    judge->set_endpoint(endpoint);
    const std::string path = "judges[" + std::to_string(spec_.judges_size() - 1) + "]";
    origins_.emplace_back(path + ".model", "--judge");
    origins_.emplace_back(path + ".id", "--judge");
  }
  for (v1::ScorerSpec& scorer : *spec_.mutable_scorers()) scorer.clear_judge();
  return absl::OkStatus();
}

absl::Status SpecBuilder::SetScorers(const std::vector<v1::ScorerSpec>& known) {
  if (flags_.scorers.empty()) return absl::OkStatus();
  std::vector<v1::ScorerSpec> chosen;
  for (const std::string& name : flags_.scorers) {
    const auto own = std::find_if(known.begin(), known.end(), [&](const v1::ScorerSpec& scorer) {
      return scorer.id() == name || (scorer.id().empty() && name == DefaultScorerId(scorer));
    });
    v1::ScorerSpec scorer;
    if (own != known.end()) {
      scorer = *own;
      if (!flags_.judges.empty()) scorer.clear_judge();
    } else if (!SetType(name, &scorer)) {
      return InvalidArgument("--scorer: " + QuoteForError(name) +
                             " is no scorer; expected one of " + ScorerNames(known));
    }
    origins_.emplace_back("scorers[" + std::to_string(chosen.size()) + "]", "--scorer");
    chosen.push_back(std::move(scorer));
  }
  spec_.mutable_scorers()->Assign(chosen.begin(), chosen.end());
  return absl::OkStatus();
}

int SpecBuilder::ListSize(std::string_view list) const {
  if (list == "models") return spec_.models_size();
  if (list == "endpoints") return spec_.endpoints_size();
  return spec_.suites_size();
}

absl::Status SpecBuilder::SetPath(const std::string& path, const std::string& value,
                                  std::string_view flag) {
  origins_.emplace_back(path, flag);
  const absl::Status set = SetField(path, value, &spec_);
  // A zero in the message would read as left out.
  const bool counts = path == "repeats" || path.ends_with(".max_in_flight");
  if (set.ok() && counts && value.find_first_not_of("0") == std::string::npos) {
    return InvalidArgument(std::string(flag) + ": " + path + " must be at least 1, is 0");
  }
  return set.ok() ? set : Annotate(set, flag);
}

absl::Status SpecBuilder::SetValues() {
  for (const FlagValue& value : flags_.values) {
    const auto* where = std::find_if(std::begin(kFlagPaths), std::end(kFlagPaths),
                                     [&](const FlagPath& p) { return p.flag == value.flag; });
    if (where == std::end(kFlagPaths)) return Internal("no place for " + value.flag);
    const std::string field(where->field);
    if (where->list.empty()) {
      ASSAY_RETURN_IF_ERROR(SetPath(field, value.text, value.flag));
      continue;
    }
    for (int i = 0; i < ListSize(where->list); ++i) {
      const std::string element = std::string(where->list) + "[" + std::to_string(i) + "].";
      ASSAY_RETURN_IF_ERROR(SetPath(element + field, value.text, value.flag));
    }
  }
  if (flags_.no_stream) {
    for (v1::Endpoint& endpoint : *spec_.mutable_endpoints()) endpoint.set_stream(false);
  }
  if (flags_.allow_self_judge) spec_.set_allow_self_judge(true);
  if (!flags_.name.empty()) {
    spec_.set_name(flags_.name);
    origins_.emplace_back("name", "--name");
  }
  for (const std::string& override : flags_.overrides) {
    const std::size_t equals = override.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("--set: " + QuoteForError(override) +
                             " is not KEY=VALUE, e.g. retry.infra_attempts=3");
    }
    std::string path;
    for (const auto part : absl::StrSplit(override.substr(0, equals), '.')) {
      const std::string text(part);
      const bool index = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      path += index ? "[" + text + "]" : (path.empty() ? "" : ".") + text;
    }
    ASSAY_RETURN_IF_ERROR(SetPath(path, override.substr(equals + 1), "--set"));
  }
  return absl::OkStatus();
}

absl::Status SpecBuilder::Validate(std::string_view name) const {
  const absl::Status valid = ValidateRunSpec(spec_, name);
  if (valid.ok()) return valid;
  std::string message;
  for (const auto part : absl::StrSplit(std::string(MessageOf(valid)), '\n')) {
    std::string line(part);
    for (const auto& [path, flag] : origins_) {
      const bool named = line.find(": " + path + ":") != std::string::npos ||
                         line.find(": " + path + ".") != std::string::npos;
      if (!named) continue;
      line += " (from " + flag + ")";
      break;
    }
    message += (message.empty() ? "" : "\n") + line;
  }
  return absl::Status(valid.code(), message);
}

}  // namespace

std::string_view StripProvider(std::string_view model) {
  for (const std::string_view prefix : {"openai/", "vllm/", "local/"}) {
    if (model.starts_with(prefix)) return model.substr(prefix.size());
  }
  return model;
}

absl::StatusOr<SpecRequest> MakeSpec(const SpecFlags& flags, const EnvironmentLookup& environment,
                                     const SuiteScorers& suite_scorers) {
  SpecRequest request;
  std::string name = "flags";
  const bool from_file = LooksLikeSpecFile(flags.target);
  if (from_file) {
    ASSAY_ASSIGN_OR_RETURN(RunSpecFile file, ReadRunSpec(flags.target, environment));
    request.spec = std::move(file.spec);
    request.yaml = std::move(file.text);
    request.folder = fs::absolute(fs::path(flags.target)).parent_path().string();
    name = flags.target;
  }
  const v1::RunSpec as_written = request.spec;
  SpecBuilder builder(std::move(request.spec), flags, environment);
  if (!from_file && !flags.target.empty()) builder.SetSuite(flags.target);
  if (!from_file && flags.target.empty()) {
    return InvalidArgument(
        "what to run? Give a spec file, a suite folder or a suite name, e.g. "
        "assay run starter --model openai/NAME --base-url URL");
  }
  if (!from_file && flags.models.empty()) {
    return InvalidArgument(
        "--model is missing: which model shall write the texts? e.g. "
        "--model openai/NAME --base-url URL");
  }
  ASSAY_RETURN_IF_ERROR(builder.SetModels());
  ASSAY_RETURN_IF_ERROR(builder.SetJudges());
  std::vector<v1::ScorerSpec> known;
  if (!flags.scorers.empty()) {
    known.assign(builder.spec().scorers().begin(), builder.spec().scorers().end());
    for (const v1::SuiteRef& suite : builder.spec().suites()) {
      ASSAY_ASSIGN_OR_RETURN(const std::vector<v1::ScorerSpec> own, suite_scorers(suite));
      known.insert(known.end(), own.begin(), own.end());
    }
  }
  ASSAY_RETURN_IF_ERROR(builder.SetScorers(known));
  ASSAY_RETURN_IF_ERROR(builder.SetValues());
  const bool changed = CanonicalJson(builder.spec()) != CanonicalJson(as_written);
  if (from_file && !changed) {
    // Read once more by the door that knows the lines.
    ASSAY_ASSIGN_OR_RETURN(request.spec, ParseRunSpec(request.yaml, flags.target, environment));
  } else {
    ASSAY_RETURN_IF_ERROR(builder.Validate(name));
    request.spec = builder.spec();
    request.yaml = WriteYaml(request.spec);
  }
  request.spec = ResolveDefaults(std::move(request.spec));
  return request;
}

absl::StatusOr<SpecRequest> MakeRejudgeSpec(v1::RunSpec base, const SpecFlags& flags,
                                            const EnvironmentLookup& environment) {
  const std::vector<v1::ScorerSpec> known(base.scorers().begin(), base.scorers().end());
  SpecBuilder builder(std::move(base), flags, environment);
  ASSAY_RETURN_IF_ERROR(builder.SetJudges());
  ASSAY_RETURN_IF_ERROR(builder.SetScorers(known));
  ASSAY_RETURN_IF_ERROR(builder.SetValues());
  ASSAY_RETURN_IF_ERROR(builder.Validate("flags"));
  SpecRequest request;
  request.spec = ResolveDefaults(builder.spec());
  request.yaml = WriteYaml(builder.spec());
  return request;
}

absl::Status CheckKeys(const v1::RunSpec& spec, const EnvironmentLookup& environment) {
  for (const v1::Endpoint& endpoint : spec.endpoints()) {
    if (endpoint.api_key_env().empty()) continue;
    const std::string where = "endpoint " + endpoint.id() + ": environment variable " +
                              endpoint.api_key_env() + " (api_key_env) ";
    const auto key = environment(endpoint.api_key_env());
    if (!key.has_value() || key->empty()) {
      return InvalidArgument(where + "is not set; it should hold the API key");
    }
    const bool odd = std::any_of(key->begin(), key->end(), [](char c) {
      return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
    });
    if (odd) return InvalidArgument(where + "holds spaces, line ends or letters that no key has");
  }
  return absl::OkStatus();
}

}  // namespace assay
