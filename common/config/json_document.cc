#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/document_builder.h"
#include "common/json/json.h"
#include "common/json/token_cursor.h"

namespace assay {
namespace {

class Handler {
 public:
  Handler(std::string_view text, DocumentBuilder* builder, int first_line)
      : text_(text), cursor_(text), builder_(builder), line_shift_(first_line - 1) {}

  bool null() {
    const TextPosition at = Next();
    builder_->Null(at.line, at.column);
    return !builder_->failed();
  }
  bool boolean(bool) { return Plain(); }
  bool number_integer(std::int64_t) { return Plain(); }
  bool number_unsigned(std::uint64_t) { return Plain(); }
  bool number_float(double, const std::string&) { return Plain(); }
  bool string(std::string& value) {
    const TextPosition at = Next();
    builder_->Scalar(at.line, at.column, std::move(value), /*quoted=*/true);
    return !builder_->failed();
  }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return Open(ConfigNode::Kind::kMapping); }
  bool start_array(std::size_t) { return Open(ConfigNode::Kind::kSequence); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    const TextPosition at = Next();
    builder_->Key(at.line, at.column, std::move(name));
    return !builder_->failed();
  }
  template <typename Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception& error) {
    const TextPosition at = cursor_.At(position == 0 ? 0 : position - 1);
    builder_->Fail(at.line + line_shift_, at.column, JsonProblem(error.what()));
    return false;
  }

 private:
  TextPosition Next() {
    TextPosition at = cursor_.Next();
    at.line += line_shift_;
    return at;
  }
  // Numbers and booleans stay the text that was written.
  bool Plain() {
    const TextPosition at = Next();
    const std::size_t end = text_.find_first_of(" \t\r\n,:]}", at.offset);
    builder_->Scalar(at.line, at.column, std::string(text_.substr(at.offset, end - at.offset)),
                     /*quoted=*/false);
    return !builder_->failed();
  }
  bool Open(ConfigNode::Kind kind) {
    const TextPosition at = Next();
    builder_->Open(at.line, at.column, kind);
    return !builder_->failed();
  }
  bool Close() {
    Next();
    builder_->Close();
    return true;
  }

  std::string_view text_;
  JsonTokenCursor cursor_;
  DocumentBuilder* builder_;
  int line_shift_;
};

}  // namespace

absl::StatusOr<ConfigNode> ParseJsonDocument(std::string_view text, std::string_view file,
                                             const DocumentLimits& limits) {
  ASSAY_ASSIGN_OR_RETURN(text, CheckDocumentText(text, file, limits));
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return DocumentError(file, limits.first_line, 1, "the document is empty");
  }
  DocumentBuilder builder(file, limits);
  Handler handler(text, &builder, limits.first_line);
  const bool parsed = Json::sax_parse(text.begin(), text.end(), &handler);
  ASSAY_RETURN_IF_ERROR(builder.status());
  if (!parsed) return DocumentError(file, limits.first_line, 1, "not valid JSON");
  return builder.Take();
}

}  // namespace assay
