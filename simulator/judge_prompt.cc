#include "simulator/judge_prompt.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <utility>

#include "common/json/json.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 11> kTextKeys = {
    "analysis", "reason",   "rationale", "explan",  "comment", "feedback",
    "justif",   "critique", "summary",   "thought", "分析"};
constexpr std::array<std::string_view, 8> kResponseNames = {
    "response", "answer", "output", "text", "essay", "article", "generation", "回答"};
constexpr std::size_t kMarkerBytesMax = 160;
constexpr std::size_t kMarkDigitsMin = 16;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

template <std::size_t N>
bool HasAny(std::string_view text, const std::array<std::string_view, N>& needles) {
  return std::any_of(needles.begin(), needles.end(), [text](std::string_view needle) {
    return text.find(needle) != std::string_view::npos;
  });
}

using Range = std::pair<std::int64_t, std::int64_t>;

std::int64_t TakeNumber(std::string_view text, std::size_t& at) {
  std::int64_t value = 0;
  const std::size_t from = at;
  while (at < text.size() && at - from < 6 &&
         std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
    value = value * 10 + (text[at++] - '0');
  }
  return at == from ? -1 : value;
}

// The first "a to b", "a and b", "a-b" and the like with a < b <= 100.
std::optional<Range> FindRange(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) continue;
    std::size_t at = i;
    const std::int64_t least = TakeNumber(text, at);
    for (const std::string_view middle :
         {" to ", " and ", "-", "–", " - ", "到", "至", "~", ".."}) {
      if (!text.substr(at).starts_with(middle)) continue;
      std::size_t after = at + middle.size();
      const std::int64_t most = TakeNumber(text, after);
      if (least >= 0 && most > least && most <= 100) return Range(least, most);
    }
    i = at - 1 + (at == i);
  }
  return std::nullopt;
}

// The range of a scale: looked for first where the prompt speaks of one.
Range ScaleOf(std::string_view prompt) {
  const std::string lower = Lower(prompt);
  for (const std::string_view lead :
       {"ranging from ", "scores from ", "score from ", "scale of ", "scale from ",
        "integer between ", "integer from ", "between ", "from ", "评分", "分数", "score"}) {
    for (std::size_t at = lower.find(lead); at != std::string::npos;
         at = lower.find(lead, at + 1)) {
      if (const auto range = FindRange(prompt.substr(at, lead.size() + 24))) return *range;
    }
  }
  return {1, 5};
}

// The keys of the JSON-like example that begins at `open`: strings followed by a colon, at depth
// one. The values may be anything ("...", <int 1-5>).
std::vector<DemandedKey> KeysOfExample(std::string_view text, std::size_t open, Range scale) {
  std::vector<DemandedKey> keys;
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '[') ++depth;
    if ((text[i] == '}' || text[i] == ']') && --depth == 0) return keys;
    if (text[i] != '"') continue;
    const std::size_t close = text.find('"', i + 1);
    if (close == std::string_view::npos || close - i > 80) return {};
    std::size_t colon = close + 1;
    while (colon < text.size() && (text[colon] == ' ' || text[colon] == '\n')) ++colon;
    if (depth == 1 && colon < text.size() && text[colon] == ':') {
      DemandedKey key;
      key.name = std::string(text.substr(i + 1, close - i - 1));
      key.text = HasAny(Lower(key.name), kTextKeys);
      std::tie(key.least, key.most) = scale;
      const std::size_t end = std::min({text.find('"', colon), text.find('}', colon), text.size()});
      if (const auto own = FindRange(text.substr(colon, end - colon))) {
        std::tie(key.least, key.most) = *own;
      }
      keys.push_back(std::move(key));
    }
    i = close;
  }
  return {};
}

// The last example that has a key.
std::vector<DemandedKey> LastExample(std::string_view text, Range scale) {
  for (std::size_t at = text.rfind('{'); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind('{', at - 1)) {
    std::vector<DemandedKey> keys = KeysOfExample(text, at, scale);
    if (!keys.empty()) return keys;
  }
  return {};
}

// Gives `keys` what is to be copied: every "key": "<hex digits>" in `text`.
void AddLiterals(std::string_view text, std::vector<DemandedKey>& keys) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t at = text.find("\": \""); at != std::string_view::npos;
       at = text.find("\": \"", at + 1)) {
    const std::size_t open = at == 0 ? std::string_view::npos : text.rfind('"', at - 1);
    const std::size_t from = at + 4;
    const std::size_t end = text.find_first_not_of(kHex, from);
    if (open == std::string_view::npos || end == std::string_view::npos || text[end] != '"' ||
        end - from < kMarkDigitsMin) {
      continue;
    }
    const std::string_view name = text.substr(open + 1, at - open - 1);
    auto key = std::find_if(keys.begin(), keys.end(),
                            [name](const DemandedKey& k) { return k.name == name; });
    if (key == keys.end()) {
      keys.push_back({std::string(name), true, "", 0, 0});
      key = keys.end() - 1;
    }
    key->literal = std::string(text.substr(from, end - from));
  }
}

std::int64_t NumberOr(const OrderedJson& object, const char* name, std::int64_t otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? std::llround(found->get<double>())
                                                     : otherwise;
}

std::vector<DemandedKey> KeysOfSchema(const OrderedJson& schema, Range scale) {
  std::vector<DemandedKey> keys;
  if (!schema.is_object()) return keys;
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return keys;
  for (const auto& item : properties->items()) {
    const OrderedJson& value = item.value();
    if (!value.is_object()) continue;
    DemandedKey key;
    key.name = item.key();
    const auto type = value.find("type");
    key.text = type != value.end() && *type == "string";
    key.least = NumberOr(value, "minimum", scale.first);
    key.most = NumberOr(value, "maximum", scale.second);
    if (const auto choices = value.find("enum");
        choices != value.end() && choices->is_array() && !choices->empty() &&
        choices->front().is_number() && choices->back().is_number()) {
      key.least = std::llround(choices->front().get<double>());
      key.most = std::llround(choices->back().get<double>());
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

struct Line {
  std::size_t from = 0;
  std::size_t end = 0;  // of the text of the line
};

// Markers: short lines in brackets, rules or tags that name the response.
bool IsMarker(std::string_view line) {
  const std::size_t from = line.find_first_not_of(" \t\r");
  if (from == std::string_view::npos || line.size() > kMarkerBytesMax) return false;
  const std::string lower = Lower(line.substr(from));
  const bool bracketed = lower[0] == '<' || lower[0] == '[' || lower.starts_with("===") ||
                         lower.starts_with("---") || lower.starts_with("***") ||
                         lower.starts_with("begin") || lower.starts_with("end") ||
                         lower.starts_with("【");
  return bracketed && HasAny(lower, kResponseNames);
}

bool IsEndMarker(std::string_view line) {
  const std::string lower = Lower(line);
  return lower.find("</") != std::string::npos || lower.find("end") != std::string::npos ||
         lower.find("结束") != std::string::npos;
}

std::vector<Line> MarkerLines(std::string_view prompt) {
  std::vector<Line> markers;
  for (std::size_t from = 0; from < prompt.size();) {
    const std::size_t end = std::min(prompt.find('\n', from), prompt.size());
    if (IsMarker(prompt.substr(from, end - from))) markers.push_back({from, end});
    from = end + 1;
  }
  return markers;
}

std::string_view LongestBlock(std::string_view prompt) {
  std::string_view longest;
  for (std::size_t from = 0; from < prompt.size();) {
    const std::size_t end = std::min(prompt.find("\n\n", from), prompt.size());
    if (end - from > longest.size()) longest = prompt.substr(from, end - from);
    from = end + 2;
  }
  return longest;
}

std::string_view TrimBlank(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return text.substr(0, 0);
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

// The longest run of letters and digits of a marker line, when it is long enough to be a mark.
std::string_view MarkOf(std::string_view line) {
  std::string_view longest;
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::size_t end = i;
    while (end < line.size() && std::isalnum(static_cast<unsigned char>(line[end])) != 0) ++end;
    if (end - i > longest.size()) longest = line.substr(i, end - i);
    i = end;
  }
  return longest.size() >= kMarkDigitsMin ? longest : std::string_view();
}

// From an opening marker to the last closing one, so that markers inside the response, which it may
// have made up, do not end it early. A pair with the same mark comes before all others.
std::string_view FindResponse(std::string_view prompt) {
  const std::vector<Line> markers = MarkerLines(prompt);
  const auto text_of = [prompt](const Line& line) {
    return prompt.substr(line.from, line.end - line.from);
  };
  const Line* open = nullptr;
  const Line* close = nullptr;
  bool marked = false;
  for (const Line& marker : markers) {
    const std::string_view mark = MarkOf(text_of(marker));
    if (!IsEndMarker(text_of(marker))) {
      if (open == nullptr || (!marked && !mark.empty())) {
        const auto ends = [&](const Line& line) {
          return IsEndMarker(text_of(line)) && text_of(line).find(mark) != std::string_view::npos;
        };
        const bool paired = !mark.empty() && std::any_of(markers.begin(), markers.end(), ends);
        if (open != nullptr && !paired) continue;
        open = &marker;
        close = nullptr;
        marked = paired;
      }
      continue;
    }
    if (open == nullptr) continue;
    if (!marked || text_of(marker).find(MarkOf(text_of(*open))) != std::string_view::npos) {
      close = &marker;
    }
  }
  if (open == nullptr || close == nullptr) return LongestBlock(prompt);
  return TrimBlank(prompt.substr(open->end, close->from - open->end));
}

}  // namespace

absl::StatusOr<JudgePrompt> ReadJudgePrompt(std::string_view prompt,
                                            std::string_view response_schema) {
  JudgePrompt result;
  result.response = FindResponse(prompt);
  const auto from = static_cast<std::size_t>(result.response.data() - prompt.data());
  const std::string_view before = prompt.substr(0, result.response.empty() ? prompt.size() : from);
  const std::string_view after =
      result.response.empty() ? prompt : prompt.substr(from + result.response.size());
  const std::string outside = std::string(before) + "\n" + std::string(after);
  const Range scale = ScaleOf(outside);
  if (!response_schema.empty()) {
    ASSAY_ASSIGN_OR_RETURN(const OrderedJson schema, ParseOrderedJson(response_schema));
    result.keys = KeysOfSchema(schema, scale);
  }
  if (result.keys.empty()) result.keys = LastExample(outside, scale);
  if (result.keys.empty()) result.keys = LastExample(prompt, ScaleOf(prompt));
  if (result.keys.empty()) {
    return InvalidArgument(
        "sim/judge found neither a {\"Key\": ...} example nor a json_schema with properties in the "
        "request");
  }
  AddLiterals(after, result.keys);
  result.task = before;
  return result;
}

}  // namespace assay
