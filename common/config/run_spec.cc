#include "common/config/run_spec.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "common/config/message_decoder.h"
#include "common/config/regular_file.h"
#include "common/config/run_spec_checks.h"
#include "common/config/scalar_parser.h"

namespace assay {
namespace {

// A key written into a spec would be stored, shown in reports and copied with them.
void RefuseSecrets(const ConfigNode& node, const std::string& path, ConfigErrors* errors) {
  if (LooksLikeSecret(node.scalar)) {
    errors->AddAt(node.line, node.column, path,
                  "looks like an API key; keys never stand in a spec: name an environment variable "
                  "in api_key_env, and make a new key if this file was shared");
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const ConfigNode& child = node.children[i];
    if (LooksLikeSecret(child.key)) {
      errors->AddAt(child.key_line, child.key_column, path, "a name here looks like an API key");
      continue;
    }
    const bool item = node.kind == ConfigNode::Kind::kSequence;
    RefuseSecrets(child,
                  item           ? path + "[" + std::to_string(i) + "]"
                  : path.empty() ? child.key
                                 : path + "." + child.key,
                  errors);
  }
}

// `text` with every ${NAME} replaced.
absl::StatusOr<std::string> Substitute(std::string_view text, const Environment& environment) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find("${");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open + 2);
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return InvalidArgument("a ${ is not closed");
    const std::string name(text.substr(0, close));
    const std::optional<std::string> value = environment ? environment(name) : std::nullopt;
    if (!value.has_value()) {
      return InvalidArgument("the environment variable " + QuoteForError(name) + " is not set");
    }
    out += *value;
    text.remove_prefix(close + 1);
  }
}

void SubstituteEnvironment(const Environment& environment, v1::RunSpec* spec,
                           ConfigErrors* errors) {
  for (int i = 0; i < spec->endpoints_size(); ++i) {
    v1::Endpoint& endpoint = *spec->mutable_endpoints(i);
    if (endpoint.base_url().find("${") == std::string::npos) continue;
    const std::string path = "endpoints[" + std::to_string(i) + "].base_url";
    absl::StatusOr<std::string> url = Substitute(endpoint.base_url(), environment);
    if (!url.ok()) {
      errors->AddUnlessBroken(path, MessageOf(url.status()));
    } else if (LooksLikeSecret(*url)) {
      errors->Add(path, "holds what looks like an API key once its variables are filled in");
    } else {
      endpoint.set_base_url(*std::move(url));
    }
  }
}

// Everything that can be said about a document before it is complete.
void DecodeDocument(const ConfigNode& document, const Environment& environment, v1::RunSpec* spec,
                    ConfigErrors* errors) {
  RefuseSecrets(document, "", errors);
  DecodeInto(document, DecodeOptions{}, spec, errors);
  SubstituteEnvironment(environment, spec, errors);
}

absl::StatusOr<ConfigNode> ParseSpecDocument(std::string_view text, std::string_view filename) {
  DocumentLimits limits;
  limits.max_bytes = kMaxSpecBytes;
  return ParseDocument(text, filename, limits);
}

void DefaultEndpoint(v1::Endpoint* endpoint) {
  if (endpoint->id().empty()) endpoint->set_id("default");
  if (endpoint->max_in_flight() == 0) endpoint->set_max_in_flight(16);
  if (!endpoint->has_stream()) endpoint->set_stream(true);
  if (endpoint->max_tokens_field().empty()) endpoint->set_max_tokens_field("max_tokens");
  v1::Deadlines* deadlines = endpoint->mutable_deadlines();
  if (deadlines->connect_timeout_s() == 0) deadlines->set_connect_timeout_s(5);
  if (deadlines->first_token_timeout_s() == 0) deadlines->set_first_token_timeout_s(120);
  if (deadlines->stall_timeout_s() == 0) deadlines->set_stall_timeout_s(60);
}

void DefaultRetry(v1::RetryLimits* retry) {
  if (retry->infra_attempts() == 0) retry->set_infra_attempts(5);
  if (retry->backoff_initial_s() == 0) {
    retry->set_backoff_initial_s(retry->backoff_max_s() > 0 ? std::min(1.0, retry->backoff_max_s())
                                                            : 1.0);
  }
  if (retry->backoff_max_s() == 0) {
    retry->set_backoff_max_s(std::max(60.0, retry->backoff_initial_s()));
  }
  if (retry->unit_deadline_s() == 0) retry->set_unit_deadline_s(86400);
}

constexpr char kLimitForm[] =
    "expected a number of samples (10), a share (0.1) or a range (10-20), found ";

}  // namespace

absl::StatusOr<v1::RunSpec> ParseRunSpec(std::string_view text, std::string_view filename,
                                         const Environment& environment) {
  const absl::StatusOr<ConfigNode> document = ParseSpecDocument(text, filename);
  ASSAY_RETURN_IF_ERROR(document.status());
  ConfigErrors errors(filename, &*document);
  v1::RunSpec spec;
  DecodeDocument(*document, environment, &spec, &errors);
  if (document->kind == ConfigNode::Kind::kMapping) CheckRunSpec(spec, &errors);
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  return spec;
}

absl::StatusOr<v1::RunSpec> LoadRunSpec(const std::string& path, const Environment& environment) {
  const absl::StatusOr<std::string> text = ReadRegularFile(path, kMaxSpecBytes);
  ASSAY_RETURN_IF_ERROR(text.status());
  return ParseRunSpec(*text, path, environment);
}

absl::StatusOr<RunSpecFile> ReadRunSpec(const std::string& path, const Environment& environment) {
  RunSpecFile file;
  file.filename = path;
  ASSAY_ASSIGN_OR_RETURN(file.text, ReadRegularFile(path, kMaxSpecBytes));
  absl::StatusOr<ConfigNode> document = ParseSpecDocument(file.text, path);
  ASSAY_RETURN_IF_ERROR(document.status());
  file.document = std::make_shared<const ConfigNode>(*std::move(document));
  ConfigErrors errors(path, file.document.get());
  DecodeDocument(*file.document, environment, &file.spec, &errors);
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  return file;
}

absl::Status ValidateRunSpec(const v1::RunSpec& spec, std::string_view name) {
  ConfigErrors errors(name, nullptr);
  CheckRunSpec(spec, &errors);
  return errors.ToStatus();
}

absl::Status ValidateRunSpec(const v1::RunSpec& spec, const RunSpecFile& file) {
  ConfigErrors errors(file.filename, file.document.get());
  CheckRunSpec(spec, &errors);
  return errors.ToStatus();
}

v1::RunSpec ResolveDefaults(v1::RunSpec spec) {
  for (v1::Endpoint& endpoint : *spec.mutable_endpoints()) DefaultEndpoint(&endpoint);
  const std::string endpoint = spec.endpoints_size() == 1 ? spec.endpoints(0).id() : "";
  for (v1::Model& model : *spec.mutable_models()) {
    if (model.id().empty()) model.set_id(model.model());
    if (model.endpoint().empty()) model.set_endpoint(endpoint);
    if (model.strategy().name().empty()) model.mutable_strategy()->set_name("direct");
  }
  for (v1::Judge& judge : *spec.mutable_judges()) {
    if (judge.id().empty()) judge.set_id(judge.model());
    if (judge.endpoint().empty()) judge.set_endpoint(endpoint);
  }
  if (spec.compat() == v1::COMPAT_UNSPECIFIED) spec.set_compat(v1::COMPAT_STRICT);
  if (spec.on_truncation() == v1::ON_TRUNCATION_UNSPECIFIED) {
    spec.set_on_truncation(v1::ON_TRUNCATION_SCORE);
  }
  if (spec.reuse() == v1::REUSE_UNSPECIFIED) spec.set_reuse(v1::REUSE_NONE);
  if (spec.repeats() == 0) spec.set_repeats(1);
  for (v1::ScorerSpec& scorer : *spec.mutable_scorers()) ResolveScorerDefaults(spec, &scorer);
  DefaultRetry(spec.mutable_retry());
  return spec;
}

void ResolveScorerDefaults(const v1::RunSpec& spec, v1::ScorerSpec* scorer) {
  if (scorer->id().empty()) scorer->set_id(DefaultScorerId(*scorer));
  if (scorer->compat() == v1::COMPAT_UNSPECIFIED) scorer->set_compat(spec.compat());
  if (IsJudged(*scorer) && scorer->judge().empty() && spec.judges_size() == 1) {
    const v1::Judge& judge = spec.judges(0);
    scorer->set_judge(judge.id().empty() ? judge.model() : judge.id());
  }
  if (scorer->has_length() && scorer->length().counting().empty()) {
    scorer->mutable_length()->set_counting("longbench_write");
  }
  if (scorer->has_repetition() && scorer->repetition().ngram() == 0) {
    scorer->mutable_repetition()->set_ngram(20);
  }
}

absl::StatusOr<SampleRange> ParseLimit(std::string_view limit, std::int64_t samples) {
  SampleRange range{0, samples};
  if (limit.empty()) return range;
  const absl::Status bad = InvalidArgument(kLimitForm + QuoteForError(limit));
  if (const std::size_t dash = limit.find('-'); dash != std::string_view::npos) {
    const ParsedInteger begin = ParseInteger(limit.substr(0, dash));
    const ParsedInteger end = ParseInteger(limit.substr(dash + 1));
    const bool numbers =
        begin.problem == NumberProblem::kNone && end.problem == NumberProblem::kNone;
    if (!numbers || dash == 0 || begin.value < 0) return bad;
    if (begin.value >= end.value) {
      return InvalidArgument("the range " + QuoteForError(limit) + " is empty");
    }
    if (begin.value >= samples) {
      return InvalidArgument("the range " + QuoteForError(limit) + " begins after the last of " +
                             std::to_string(samples) + " samples");
    }
    return SampleRange{begin.value, std::min(end.value, samples)};
  }
  if (limit.find('.') != std::string_view::npos) {
    const ParsedDouble share = ParseDouble(limit);
    if (share.problem != NumberProblem::kNone) return bad;
    if (share.value <= 0 || share.value > 1) {
      return InvalidArgument("a share must be more than 0.0 and at most 1.0, is " +
                             QuoteForError(limit));
    }
    const double kept = std::round(share.value * static_cast<double>(samples));
    range.end = std::min(samples, std::max<std::int64_t>(1, static_cast<std::int64_t>(kept)));
    return range;
  }
  const ParsedInteger count = ParseInteger(limit);
  if (count.problem != NumberProblem::kNone) return bad;
  if (count.value < 1)
    return InvalidArgument("at least one sample is needed, found " + QuoteForError(limit));
  range.end = std::min(samples, count.value);
  return range;
}

}  // namespace assay
