#include "simulator/item_judge.h"

#include <algorithm>
#include <charconv>

#include "common/base/random.h"
#include "common/json/json.h"
#include "simulator/item_prompt.h"
#include "simulator/item_rules.h"

namespace assay {
namespace {

constexpr std::size_t kLongText = 6000;

std::uint64_t SeedOf(std::string_view hex) {
  std::uint64_t seed = 0;
  std::from_chars(hex.data(), hex.data() + std::min<std::size_t>(hex.size(), 16), seed, 16);
  return seed;
}

// The label that praises most, among those that a prompt may offer.
const char* BestLabel(const std::vector<std::string>& labels) {
  for (const char* best :
       {"yes", "met_here", "supported", "complete", "kept", "none", "met", "true"}) {
    if (std::find(labels.begin(), labels.end(), best) != labels.end()) return best;
  }
  return nullptr;
}

void Bias(const ItemJudgeRequest& request, const ItemPrompt& prompt, bool first, Random& random,
          Json& answer) {
  const bool favoured =
      (first && request.position_bias > 0 && random.Unit() < request.position_bias) ||
      (request.verbosity_bias > 0 && request.prompt.size() > kLongText &&
       random.Unit() < request.verbosity_bias);
  for (const auto& [field, labels] : prompt.fields) {
    if (!answer.contains(field)) continue;
    Json& value = answer[field];
    if (!labels.empty() && value.is_string()) {
      if (const char* best = favoured ? BestLabel(labels) : nullptr) value = best;
      if (request.noise > 0 && random.Unit() < request.noise) {
        value = labels[random.Below(labels.size())];
      }
    } else if (value.is_number_integer() && request.noise > 0 && random.Unit() < request.noise) {
      const auto least = static_cast<std::int64_t>(1);
      value = std::max(least, value.get<std::int64_t>() + (random.Below(2) == 0 ? -1 : 0));
    }
  }
}

// Replies that a parser must not take for answers.
std::string Garbage(const std::string& reply, Random& random) {
  switch (random.Below(4)) {
    case 0:
      return reply.substr(0, reply.size() / 2);
    case 1:
      return "These are interesting questions, and I would rather not decide them.";
    case 2:
      return "{\"answers\": \"all of them\"}";
    default:
      return reply + "\n" + reply;
  }
}

}  // namespace

std::string JudgeItems(const ItemJudgeRequest& request) {
  const ItemPrompt prompt = ReadItemPrompt(request.prompt);
  Random random(SeedOf(request.request_sha256));
  const bool garbage = request.garbage_rate > 0 && random.Unit() < request.garbage_rate;
  const ItemRules rules(prompt);
  Json answers = Json::array();
  for (const std::string& id : prompt.ids) {
    Json answer = rules.Answer(id);
    Bias(request, prompt, id == prompt.ids.front(), random, answer);
    answer["id"] = id;
    answers.push_back(std::move(answer));
  }
  const std::string reply =
      DumpJson(Json{{"nonce", prompt.nonce}, {"answers", std::move(answers)}});
  return garbage ? Garbage(reply, random) : reply;
}

}  // namespace assay
