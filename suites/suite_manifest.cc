#include "suites/suite_manifest.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "common/config/message_decoder.h"
#include "common/config/run_spec_checks.h"

namespace assay {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                  c == '.';
         });
}

bool IsDigest(std::string_view digest) {
  if (digest.substr(0, kDigestPrefix.size()) != kDigestPrefix) return false;
  digest.remove_prefix(kDigestPrefix.size());
  return digest.size() == 64 && std::all_of(digest.begin(), digest.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::set<std::string> CheckScorers(const v1::SuiteManifest& manifest, ConfigErrors* errors) {
  std::set<std::string> ids;
  for (int i = 0; i < manifest.scorers_size(); ++i) {
    const v1::ScorerSpec& scorer = manifest.scorers(i);
    const std::string path = "scorers[" + std::to_string(i) + "]";
    CheckScorer(scorer, path, errors);
    if (!scorer.judge().empty()) {
      errors->AddUnlessBroken(path + ".judge", "a suite names no judge; the run spec does");
    }
    const std::string id = scorer.id().empty() ? DefaultScorerId(scorer) : scorer.id();
    if (!scorer.id().empty() && (!IsName(id) || id.find('.') != std::string::npos)) {
      errors->AddUnlessBroken(path + ".id",
                              "must be of letters, digits, '-' and '_', is " + QuoteForError(id));
    }
    if (!id.empty() && !ids.insert(id).second) {
      errors->AddUnlessBroken(path, "scorer " + QuoteForError(id) + " is here twice");
    }
  }
  return ids;
}

void CheckBuckets(const v1::SuiteManifest& manifest, ConfigErrors* errors) {
  std::set<std::string> labels;
  int end = 0;
  for (int i = 0; i < manifest.length_buckets_size(); ++i) {
    const v1::LengthBucket& bucket = manifest.length_buckets(i);
    const std::string path = "length_buckets[" + std::to_string(i) + "]";
    if (bucket.label().empty() || !labels.insert(bucket.label()).second) {
      errors->AddUnlessBroken(path + ".label", "needs a label of its own");
    }
    const bool last = i + 1 == manifest.length_buckets_size();
    const bool endless = bucket.max_words() == 0;
    if (bucket.min_words() < end || (endless && !last) ||
        (!endless && bucket.max_words() <= bucket.min_words())) {
      errors->AddUnlessBroken(path,
                              "buckets must rise and not overlap; only the last may have no "
                              "max_words");
    }
    end = bucket.max_words();
  }
}

void CheckDerived(const v1::SuiteManifest& manifest, const std::set<std::string>& scorers,
                  ConfigErrors* errors) {
  std::set<std::string> names;
  for (int i = 0; i < manifest.derived_metrics_size(); ++i) {
    const v1::DerivedMetric& metric = manifest.derived_metrics(i);
    const std::string path = "derived_metrics[" + std::to_string(i) + "]";
    if (metric.name().empty() || !names.insert(metric.name()).second) {
      errors->AddUnlessBroken(path + ".name", "needs a name of its own");
    }
    if (metric.mean_of_size() < 2) {
      errors->AddUnlessBroken(path + ".mean_of", "needs at least two parts");
    }
    for (int j = 0; j < metric.mean_of_size(); ++j) {
      const std::string& part = metric.mean_of(j);
      const std::size_t dot = part.find('.');
      if (dot == std::string::npos || dot + 1 == part.size() ||
          scorers.count(part.substr(0, dot)) == 0) {
        errors->AddUnlessBroken(
            path + ".mean_of[" + std::to_string(j) + "]",
            "expected <scorer id>.<metric> with a scorer of this suite, found " +
                QuoteForError(part));
      }
    }
  }
}

}  // namespace

absl::StatusOr<v1::SuiteManifest> ParseSuiteManifest(std::string_view text, std::string_view file) {
  const absl::StatusOr<ConfigNode> document = ParseYamlDocument(text, file);
  ASSAY_RETURN_IF_ERROR(document.status());
  ConfigErrors errors(file, &*document);
  v1::SuiteManifest manifest;
  DecodeInto(*document, DecodeOptions{}, &manifest, &errors);
  if (document->kind == ConfigNode::Kind::kMapping) {
    if (!IsName(manifest.name())) {
      errors.AddUnlessBroken("name", manifest.name().empty()
                                         ? "is missing"
                                         : "must be of letters, digits, '-', '_' and '.', at most "
                                           "64, is " +
                                               QuoteForError(manifest.name()));
    }
    if (!manifest.samples_digest().empty() && !IsDigest(manifest.samples_digest())) {
      errors.AddUnlessBroken("samples_digest", "expected sha256: and 64 lower-case hex digits");
    }
    CheckSampling(manifest.sampling(), "sampling", &errors);
    CheckDerived(manifest, CheckScorers(manifest, &errors), &errors);
    CheckBuckets(manifest, &errors);
  }
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  if (manifest.samples_file().empty()) manifest.set_samples_file("samples.jsonl");
  return manifest;
}

}  // namespace assay
