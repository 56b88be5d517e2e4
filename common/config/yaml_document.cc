#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/document_builder.h"

namespace assay {
namespace {

class Handler : public YAML::EventHandler {
 public:
  Handler(DocumentBuilder* builder, int first_line)
      : builder_(builder), line_shift_(first_line - 1) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!Plain(mark, "", anchor)) return;
    if (builder_->ExpectsKey()) return Fail(mark, "a key is missing");
    builder_->Null(Line(mark), Column(mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(mark, "aliases (*name) are not supported; write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!Plain(mark, tag, anchor)) return;
    if (builder_->ExpectsKey()) return builder_->Key(Line(mark), Column(mark), value);
    builder_->Scalar(Line(mark), Column(mark), value, /*quoted=*/tag == "!");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, ConfigNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { builder_->Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, ConfigNode::Kind::kMapping);
  }
  void OnMapEnd() override { builder_->Close(); }

  int Line(const YAML::Mark& mark) const { return mark.line + 1 + line_shift_; }
  static int Column(const YAML::Mark& mark) { return mark.column + 1; }

 private:
  void Fail(const YAML::Mark& mark, std::string_view what) {
    builder_->Fail(Line(mark), Column(mark), what);
  }

  // "!" marks a quoted scalar and "?" a plain one.
  bool Plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (builder_->failed()) return false;
    if (anchor != YAML::NullAnchor) {
      Fail(mark, "anchors (&name) are not supported; write the value out");
      return false;
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      Fail(mark, "tags (!name) are not supported");
      return false;
    }
    return true;
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            ConfigNode::Kind kind) {
    if (!Plain(mark, tag, anchor)) return;
    if (builder_->ExpectsKey()) return Fail(mark, "a key must be a plain name");
    builder_->Open(Line(mark), Column(mark), kind);
  }

  DocumentBuilder* builder_;
  int line_shift_;
};

absl::Status ParseEvents(std::string_view text, std::string_view file, const DocumentLimits& limits,
                         DocumentBuilder* builder) {
  Handler handler(builder, limits.first_line);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(handler)) {
      return DocumentError(file, limits.first_line, 1, "the document is empty");
    }
    ASSAY_RETURN_IF_ERROR(builder->status());
    DocumentBuilder rest(file, limits);
    Handler second(&rest, limits.first_line);
    if (parser.HandleNextDocument(second)) {
      return InvalidArgument(std::string(file) + ": more than one document (---); one is expected");
    }
    return absl::OkStatus();
  } catch (const YAML::Exception& error) {
    ASSAY_RETURN_IF_ERROR(builder->status());
    return DocumentError(file, handler.Line(error.mark), Handler::Column(error.mark),
                         "not valid YAML: " + EscapeForTerminal(error.msg, 120));
  } catch (const std::exception& error) {
    return InvalidArgument(std::string(file) +
                           ": not valid YAML: " + EscapeForTerminal(error.what(), 120));
  }
}

}  // namespace

absl::StatusOr<ConfigNode> ParseYamlDocument(std::string_view text, std::string_view file,
                                             const DocumentLimits& limits) {
  ASSAY_ASSIGN_OR_RETURN(text, CheckDocumentText(text, file, limits));
  DocumentBuilder builder(file, limits);
  ASSAY_RETURN_IF_ERROR(ParseEvents(text, file, limits, &builder));
  return builder.Take();
}

}  // namespace assay
