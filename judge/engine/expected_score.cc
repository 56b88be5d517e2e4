#include "judge/engine/expected_score.h"

#include <charconv>
#include <cmath>
#include <string>

namespace assay {
namespace {

std::optional<std::int64_t> WholeNumber(std::string_view token) {
  while (!token.empty() && token.front() == ' ') token.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (problem != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return value;
}

struct PlacedToken {
  const v1::TokenLogprob* token = nullptr;  // null: the tokens do not spell the text
  std::size_t end = 0;                      // in the text
};

// The token that holds byte `offset` of the text. A block of reasoning before the text, and marks
// of the template behind it, may have had tokens too.
PlacedToken TokenAt(const v1::Reply& reply, std::size_t offset) {
  std::string spelt;
  for (const v1::TokenLogprob& token : reply.logprobs()) spelt += token.token();
  const std::size_t text = spelt.rfind(reply.text());
  if (text == std::string::npos) return {};
  std::size_t end = 0;
  for (const v1::TokenLogprob& token : reply.logprobs()) {
    end += token.token().size();
    if (text + offset < end) return {&token, end - text};
  }
  return {};
}

// A value that may be the first digit of a longer one stands for several.
bool IsAmbiguous(const v1::TokenLogprob& token, std::int64_t most) {
  bool could_go_on = false;
  for (const v1::TokenLogprob& rival : token.rivals()) {
    const std::optional<std::int64_t> value = WholeNumber(rival.token());
    if (!value) continue;
    if (*value >= 10) return false;
    could_go_on = could_go_on || (*value > 0 && *value * 10 <= most);
  }
  return could_go_on;
}

// Where the value of a key begins, when the key stands in the text exactly once.
std::optional<std::size_t> PlaceOfValue(const std::string& text, const std::string& key) {
  const std::string quoted = "\"" + key + "\"";
  const std::size_t at = text.find(quoted);
  if (at == std::string::npos || text.find(quoted, at + 1) != std::string::npos)
    return std::nullopt;
  const std::size_t colon = text.find_first_not_of(" \t\r\n", at + quoted.size());
  if (colon == std::string::npos || text[colon] != ':') return std::nullopt;
  const std::size_t value = text.find_first_not_of(" \t\r\n", colon + 1);
  if (value == std::string::npos) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> ExpectedInteger(const v1::Reply& reply, std::size_t offset,
                                      std::int64_t least, std::int64_t most) {
  const auto [token, end] = TokenAt(reply, offset);
  if (token == nullptr || !WholeNumber(token->token())) return std::nullopt;
  if (IsAmbiguous(*token, most)) return std::nullopt;
  const bool goes_on =
      end < reply.text().size() && reply.text()[end] >= '0' && reply.text()[end] <= '9';
  if (goes_on) return std::nullopt;
  double mass = 0;
  double sum = 0;
  for (const v1::TokenLogprob& rival : token->rivals()) {
    const std::optional<std::int64_t> value = WholeNumber(rival.token());
    if (!value || *value < least || *value > most) continue;
    const double p = std::exp(rival.logprob());
    mass += p;
    sum += p * static_cast<double>(*value);
  }
  if (!(mass > 0)) return std::nullopt;
  return sum / mass;
}

void SetExpectedScores(const std::vector<AnswerField>& fields, const v1::Reply& reply,
                       Answer& answer) {
  if (reply.logprobs().empty()) return;
  for (const AnswerField& field : fields) {
    const auto value = answer.find(field.name);
    if (field.kind != AnswerField::Kind::kInteger || value == answer.end()) continue;
    const std::optional<std::size_t> place = PlaceOfValue(reply.text(), field.name);
    if (!place) continue;
    const auto expected = ExpectedInteger(reply, *place, field.least, field.most);
    if (expected) value->second.expected = *expected;
  }
}

std::optional<double> Preference(const v1::TokenLogprob& token, std::string_view first,
                                 std::string_view second) {
  double p_first = 0;
  double p_second = 0;
  for (const v1::TokenLogprob& rival : token.rivals()) {
    if (rival.token() == first) p_first += std::exp(rival.logprob());
    if (rival.token() == second) p_second += std::exp(rival.logprob());
  }
  if (!(p_first + p_second > 0)) return std::nullopt;
  return p_first / (p_first + p_second);
}

}  // namespace assay
