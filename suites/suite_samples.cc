#include "suites/suite_samples.h"

#include <map>
#include <optional>
#include <utility>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/config/config_errors.h"
#include "common/config/document.h"
#include "common/config/message_decoder.h"
#include "common/config/message_writer.h"
#include "common/text/utf8.h"
#include "suites/constraint_kinds.h"
#include "suites/sample_checks.h"

namespace assay {
namespace {

constexpr std::size_t kMaxProblems = 20;

class SampleReader {
 public:
  SampleReader(ByteReader* reader, const std::string& file, const SuiteLimits& limits,
               LoadedSuite* loaded)
      : lines_(reader, file, limits.max_line_bytes),
        file_(file),
        limits_(limits),
        loaded_(loaded) {}

  absl::Status Run() {
    for (;;) {
      std::string_view line;
      const absl::StatusOr<bool> more = lines_.Next(&line);
      if (!more.ok()) return Worst(more.status());
      if (!*more) break;
      if (lines_.line_number() == 1 &&
          (line.substr(0, 2) == "\xFF\xFE" || line.substr(0, 2) == "\xFE\xFF")) {
        return InvalidArgument(file_ + ": this is UTF-16 (byte 0); save the file as UTF-8");
      }
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      if (loaded_->suite.samples_size() >= limits_.max_samples) {
        return ResourceExhausted(Where() + ": more than " + std::to_string(limits_.max_samples) +
                                 " samples");
      }
      if (const absl::Status status = OneLine(line); !status.ok()) {
        problems_.emplace_back(MessageOf(status));
        if (problems_.size() >= kMaxProblems) return Worst(absl::OkStatus());
      }
    }
    if (problems_.empty() && loaded_->suite.samples_size() == 0) {
      return InvalidArgument(file_ + ": there is no sample in it");
    }
    AddWarnings();
    return Worst(absl::OkStatus());
  }

 private:
  std::string Where() const { return file_ + ":" + std::to_string(lines_.line_number()); }

  // Everything that was found, with `last` at the end; its code wins.
  absl::Status Worst(const absl::Status& last) const {
    if (problems_.empty()) return last;
    std::string message;
    for (const std::string& problem : problems_) {
      message += (message.empty() ? "" : "\n") + problem;
    }
    if (last.ok()) return InvalidArgument(message);
    return absl::Status(last.code(), message + "\n" + std::string(MessageOf(last)));
  }

  absl::Status OneLine(std::string_view line) {
    if (const std::optional<std::size_t> invalid = ValidateUtf8(line)) {
      return InvalidArgument(Where() + ":" + std::to_string(*invalid + 1) +
                             ": not valid UTF-8 (byte " +
                             std::to_string(lines_.byte_offset() + *invalid) + " of the file)");
    }
    DocumentLimits limits;
    limits.max_bytes = limits_.max_line_bytes;
    limits.first_line = static_cast<int>(lines_.line_number());
    const absl::StatusOr<ConfigNode> node = ParseJsonDocument(line, file_, limits);
    ASSAY_RETURN_IF_ERROR(node.status());
    ConfigErrors errors(file_, &*node);
    v1::Sample sample;
    DecodeInto(*node, {.plain_text = false}, &sample, &errors);
    if (node->kind == ConfigNode::Kind::kMapping) {
      CheckSample(sample, &errors);
      CheckUnique(sample, &errors);
    }
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    Note(sample);
    *loaded_->suite.add_samples() = std::move(sample);
    return absl::OkStatus();
  }

  void CheckUnique(const v1::Sample& sample, ConfigErrors* errors) {
    if (sample.id().empty() || errors->Broken("id")) return;
    const auto [earlier, added] = id_lines_.emplace(sample.id(), lines_.line_number());
    if (added) return;
    errors->Add("id", QuoteForError(sample.id()) + " is the id of line " +
                          std::to_string(earlier->second) + " already");
  }

  void Note(const v1::Sample& sample) {
    v1::Sample content = sample;
    content.clear_id();
    if (!contents_.emplace(Sha256(CanonicalJson(content)), 0).second) ++twins_;
    if (HoldsSpecialToken(sample)) ++special_;
    for (const std::string& contradiction : ContradictionsOf(sample)) {
      if (loaded_->warnings.size() < kMaxProblems) {
        loaded_->warnings.push_back(Where() + ": " + sample.id() + ": " + contradiction);
      }
    }
  }

  void AddWarnings() {
    if (twins_ > 0) {
      loaded_->warnings.push_back(file_ + ": " + std::to_string(twins_) +
                                  " samples have the content of an earlier one");
    }
    if (special_ > 0) {
      loaded_->warnings.push_back(file_ + ": " + std::to_string(special_) +
                                  " prompts hold special tokens of a chat template");
    }
  }

  LineReader lines_;
  const std::string& file_;
  const SuiteLimits& limits_;
  LoadedSuite* loaded_;
  std::vector<std::string> problems_;
  std::map<std::string, std::int64_t> id_lines_;
  std::map<std::string, int> contents_;
  std::int64_t twins_ = 0;
  std::int64_t special_ = 0;
};

}  // namespace

absl::Status ReadSamples(ByteReader* reader, const std::string& file, const SuiteLimits& limits,
                         LoadedSuite* suite) {
  const absl::Status status = SampleReader(reader, file, limits, suite).Run();
  if (!status.ok()) suite->suite.clear_samples();
  return status;
}

}  // namespace assay
