#include "judge/benchmarks/longproc/pseudo_to_code.h"

#include <array>

#include "judge/benchmarks/longproc/answer_text.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 18> kHeaders = {
    "cstdio",  "iostream", "vector",  "algorithm", "numeric", "cmath",
    "cstring", "set",      "map",     "queue",     "stack",   "list",
    "fstream", "climits",  "cassert", "iomanip",   "sstream", "bitset"};

constexpr std::string_view kOtherName = "```c++";
constexpr std::string_view kName = "```cpp";

}  // namespace

std::optional<std::string> CodeOf(std::string_view reply) {
  std::string text(reply);
  for (std::size_t at = text.find(kOtherName); at != std::string::npos;
       at = text.find(kOtherName, at)) {
    text.replace(at, kOtherName.size(), kName);
  }
  const std::optional<std::string_view> code = FencedPart(text, kName);
  if (!code) return std::nullopt;
  return std::string(*code);
}

std::string ProgramOf(std::string_view code) {
  std::string program;
  for (const std::string_view header : kHeaders) {
    program += "#include <";
    program += header;
    program += ">\n";
  }
  program += "using namespace std;\n";
  program += code;
  return program;
}

std::string CaseText(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) text += '\n';
    text += lines[i];
  }
  return text + '\n';
}

}  // namespace assay
