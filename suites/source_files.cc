#include "suites/source_files.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/config/scalar_parser.h"
#include "common/text/utf8.h"
#include "suites/gzip_reader.h"
#include "suites/suite_loader.h"
#include "suites/tar_reader.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;
constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
constexpr int kMaxNodes = 20'000'000;

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::string Either(const std::string& path) {
  return !Exists(path) && Exists(path + ".gz") ? path + ".gz" : path;
}

std::string Shown(const ConfigNode& node) {
  switch (node.kind) {
    case ConfigNode::Kind::kNull:
      return "null";
    case ConfigNode::Kind::kScalar:
      return QuoteForError(node.scalar);
    case ConfigNode::Kind::kSequence:
      return "a list";
    case ConfigNode::Kind::kMapping:
      return "an object";
  }
  return "something else";
}

}  // namespace

absl::StatusOr<SourceFolder> SourceFolder::Find(const std::string& from,
                                                const std::vector<std::string>& roots,
                                                const std::string& marker, std::string advice) {
  return FindAny(from, roots, {marker}, std::move(advice));
}

absl::StatusOr<SourceFolder> SourceFolder::FindAny(const std::string& from,
                                                   const std::vector<std::string>& roots,
                                                   const std::vector<std::string>& markers,
                                                   std::string advice) {
  std::string looked;
  for (const std::string& root : roots) {
    SourceFolder folder;
    folder.folder_ = root.empty() ? from : (fs::path(from) / root).string();
    folder.advice_ = advice;
    for (const std::string& marker : markers) {
      if (folder.Has(marker)) return folder;
      looked += (looked.empty() ? "" : " nor ") + (root.empty() ? marker : root + "/" + marker);
    }
  }
  const bool several = roots.size() * markers.size() > 1;
  return NotFound(from + ": " + (several ? "neither " : "no ") + looked +
                  " is there (plain or .gz); " + advice);
}

absl::Status SourceFolder::Told(const absl::Status& status) const {
  return absl::Status(status.code(), std::string(MessageOf(status)) + "; " + advice_);
}

bool SourceFolder::Has(const std::string& name) const { return Exists(PathOf(name)); }

std::string SourceFolder::PathOf(const std::string& name) const {
  return Either((fs::path(folder_) / name).string());
}

absl::StatusOr<std::string> SourceFolder::ReadText(const std::string& name, std::size_t max_bytes,
                                                   std::string_view sha256) const {
  const std::string path = PathOf(name);
  if (!Exists(path)) return NotFound(path + ": is missing; " + advice_);
  absl::StatusOr<std::string> text = ReadAll(path, max_bytes);
  if (!text.ok()) return Told(text.status());
  if (const auto bad = ValidateUtf8(*text)) {
    const auto end = text->begin() + static_cast<std::ptrdiff_t>(*bad);
    return InvalidArgument(path + ":" + std::to_string(1 + std::count(text->begin(), end, '\n')) +
                           ": not valid UTF-8 (byte " + std::to_string(*bad) + "); " + advice_);
  }
  if (!sha256.empty()) ASSAY_RETURN_IF_ERROR(ExpectDigest(name, Sha256Hex(*text), sha256));
  return text;
}

absl::Status SourceFolder::ExpectDigest(const std::string& name, std::string_view digest,
                                        std::string_view expected) const {
  if (digest == expected) return absl::OkStatus();
  return InvalidArgument(PathOf(name) + ": its SHA-256 is " + std::string(digest) + ", expected " +
                         std::string(expected) + " (another version of the file?); " + advice_);
}

std::string SourceFolder::NoteOnDigest(const std::string& what, std::string_view text,
                                       std::string_view expected) const {
  const std::string digest = Sha256Hex(text);
  if (digest == expected) return "";
  return what +
         ": not the published text (cut off, changed, or another version?): its SHA-256 is " +
         digest + ", that one's is " + std::string(expected) + "; " + advice_;
}

absl::StatusOr<ConfigNode> SourceFolder::ReadJson(const std::string& name,
                                                  std::string* digest) const {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadText(name, kMaxFileBytes));
  if (digest != nullptr) *digest = Sha256Hex(text);
  DocumentLimits limits;
  limits.max_bytes = kMaxFileBytes;
  limits.max_nodes = kMaxNodes;
  absl::StatusOr<ConfigNode> node = ParseJsonDocument(text, PathOf(name), limits);
  if (!node.ok()) return Told(node.status());
  return node;
}

absl::StatusOr<ConfigNode> SourceFolder::ReadYaml(const std::string& name) const {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, ReadText(name, kMaxYamlBytes));
  absl::StatusOr<ConfigNode> node = ParseYamlDocument(text, PathOf(name));
  if (!node.ok()) return Told(node.status());
  return node;
}

absl::StatusOr<std::map<std::string, std::string>> SourceFolder::ReadArchive(
    const std::string& name) const {
  const std::string path = PathOf(name);
  if (!Exists(path)) return NotFound(path + ": is missing; " + advice_);
  const absl::StatusOr<std::unique_ptr<ByteReader>> reader =
      OpenByteReader(path, {.max_bytes = kMaxFileBytes});
  if (!reader.ok()) return Told(reader.status());
  absl::StatusOr<std::map<std::string, std::string>> files = ReadTar(reader->get(), path);
  if (!files.ok()) return Told(files.status());
  return files;
}

absl::StatusOr<std::string> SourceFolder::ForEachRow(
    const std::string& name,
    const std::function<void(const ConfigNode& row, ConfigErrors& errors)>& row) const {
  const std::string path = PathOf(name);
  if (!Exists(path)) return NotFound(path + ": is missing; " + advice_);
  const absl::StatusOr<std::unique_ptr<ByteReader>> reader =
      OpenByteReader(path, {.max_bytes = kMaxFileBytes});
  if (!reader.ok()) return Told(reader.status());
  LineReader lines(reader->get(), path, kMaxLineBytes);
  Sha256Stream digest;
  bool any = false;
  for (;;) {
    std::string_view line;
    const absl::StatusOr<bool> more = lines.Next(&line);
    if (!more.ok()) return Told(more.status());
    if (!*more) break;
    digest.Update(line);
    digest.Update("\n");
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    DocumentLimits limits;
    limits.max_bytes = kMaxLineBytes;
    limits.max_nodes = kMaxNodes;
    limits.first_line = static_cast<int>(lines.line_number());
    const absl::StatusOr<ConfigNode> node = ParseJsonDocument(line, path, limits);
    if (!node.ok()) return Told(node.status());
    ConfigErrors errors(path, &*node);
    if (node->kind != ConfigNode::Kind::kMapping) {
      errors.Add("", "expected an object; " + advice_);
    } else {
      row(*node, errors);
    }
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    any = true;
  }
  if (!any) return InvalidArgument(path + ": there is no row in it; " + advice_);
  return digest.FinishHex();
}

void RowReader::Fail(const std::string& name, const std::string& what) const {
  const std::string path = path_.empty() ? name : path_ + "." + name;
  errors_->Add(path, advice_.empty() ? what : what + "; " + advice_);
}

const ConfigNode* RowReader::Find(const std::string& name, ConfigNode::Kind kind,
                                  const char* what) const {
  const ConfigNode* field = node_.Find(name);
  if (field == nullptr) {
    Fail(name, std::string("is missing, expected ") + what);
    return nullptr;
  }
  if (field->kind != kind) {
    Fail(name, std::string("expected ") + what + ", found " + Shown(*field));
    return nullptr;
  }
  return field;
}

std::string RowReader::AnyText(const std::string& name) const {
  const ConfigNode* field = Find(name, ConfigNode::Kind::kScalar, "a text");
  if (field == nullptr) return {};
  if (field->quoted) return field->scalar;
  Fail(name, "expected a text, found " + QuoteForError(field->scalar));
  return {};
}

std::string RowReader::Text(const std::string& name) const {
  const ConfigNode* field = Find(name, ConfigNode::Kind::kScalar, "a text that is not blank");
  if (field == nullptr) return {};
  const bool blank = field->scalar.find_first_not_of(" \t\r\n") == std::string::npos;
  if (field->quoted && !blank) return field->scalar;
  Fail(name, "expected a text that is not blank, found " + Shown(*field));
  return {};
}

std::string RowReader::TextOr(const std::string& name, std::string absent) const {
  const ConfigNode* field = node_.Find(name);
  if (field == nullptr || field->kind == ConfigNode::Kind::kNull) return absent;
  return AnyText(name);
}

std::int64_t RowReader::Whole(const std::string& name, std::int64_t low, std::int64_t high) const {
  const ConfigNode* field = Find(name, ConfigNode::Kind::kScalar, "a whole number");
  if (field == nullptr) return 0;
  const ParsedInteger number = ParseInteger(field->scalar);
  const bool whole = !field->quoted && number.problem == NumberProblem::kNone;
  if (whole && number.value >= low && number.value <= high) return number.value;
  Fail(name, "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
                 ", found " + QuoteForError(field->scalar));
  return 0;
}

double RowReader::Number(const std::string& name, double low, double high) const {
  const ConfigNode* field = Find(name, ConfigNode::Kind::kScalar, "a number");
  if (field == nullptr) return 0;
  const ParsedDouble number = ParseDouble(field->scalar);
  const bool fits = !field->quoted && number.problem == NumberProblem::kNone;
  if (fits && number.value >= low && number.value <= high) return number.value;
  Fail(name, "expected a number, found " + QuoteForError(field->scalar));
  return 0;
}

std::vector<std::string> RowReader::Texts(const std::string& name) const {
  std::vector<std::string> texts;
  const ConfigNode* list = List(name);
  for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
    const ConfigNode& item = list->children[i];
    if (item.kind != ConfigNode::Kind::kScalar || !item.quoted) {
      Fail(name + "[" + std::to_string(i) + "]", "expected a text, found " + Shown(item));
      return {};
    }
    texts.push_back(item.scalar);
  }
  return texts;
}

const ConfigNode* RowReader::List(const std::string& name) const {
  return Find(name, ConfigNode::Kind::kSequence, "a list");
}

const ConfigNode* RowReader::Object(const std::string& name) const {
  return Find(name, ConfigNode::Kind::kMapping, "an object");
}

void UniqueIds::Add(const std::string& id, int line, const RowReader& row,
                    const std::string& field) {
  const auto [earlier, added] = lines_.emplace(id, line);
  if (added) return;
  row.Fail(field, QuoteForError(id) + " stands in line " + std::to_string(earlier->second) +
                      " already, expected an id of its own");
}

std::string ChineseOrEnglish(std::string_view text) {
  std::int64_t ideographs = 0;
  std::int64_t words = 0;
  bool in_word = false;
  for (const char32_t c : ToCodePoints(text)) {
    if (c >= 0x4E00 && c <= 0x9FFF) ++ideographs;
    const bool letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    if (letter && !in_word) ++words;
    in_word = letter;
  }
  return ideographs > 0 && ideographs * 3 >= ideographs + words ? "zh" : "en";
}

absl::StatusOr<std::vector<ImportedSuite>> WriteImported(const ImportRequest& request,
                                                         const std::vector<SuiteFolder>& suites) {
  std::vector<ImportedSuite> imported;
  for (const SuiteFolder& suite : suites) {
    ASSAY_RETURN_IF_ERROR(WriteSuiteFolder(request.to, suite, request.replace));
    const std::string& name = suite.suite.manifest().name();
    const std::string written = (fs::path(request.to) / name).string();
    const absl::StatusOr<LoadedSuite> loaded = LoadSuite(written);
    ASSAY_RETURN_IF_ERROR(loaded.status());
    imported.push_back(
        {name, written, loaded->suite.digest(), loaded->suite.samples_size(), suite.note});
  }
  return imported;
}

}  // namespace assay
