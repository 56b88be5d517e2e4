#include "simulator/profile_text.h"

#include <algorithm>
#include <charconv>

#include "common/base/check.h"
#include "common/base/digest.h"
#include "simulator/article.h"
#include "simulator/tokens.h"
#include "simulator/writing_task.h"

namespace assay {
namespace {

constexpr std::string_view kSealLead = "\n\n[Simulated text, ";
constexpr std::size_t kDigestDigits = 16;
constexpr std::int64_t kSealUnits = 10;
constexpr std::int64_t kShortUnits = 1950;

std::uint64_t SeedOf(const ProfileRequest& request) {
  FieldHasher hasher("assay.simulator.seed");
  hasher.Add(request.prompt).Add(std::to_string(request.seed));
  std::uint64_t seed = 0;
  const std::string hex = hasher.FinishHex();
  std::from_chars(hex.data(), hex.data() + 16, seed, 16);
  return seed;
}

std::string Seal(const ProfileRequest& request, std::string_view body) {
  std::string seal(kSealLead);
  seal += request.profile + ", " + std::to_string(body.size()) + " bytes, task ";
  seal += ProfileTaskDigest(request) + ", check ";
  seal += Sha256Hex(body).substr(0, kDigestDigits) + "]";
  return seal;
}

// `whole` cut to `tokens` if it is longer, and sealed where there is room for it.
ProfileText CutAndSeal(const ProfileRequest& request, std::string whole, std::int64_t tokens) {
  ProfileText result;
  if (tokens <= 0) {
    result.text = whole + Seal(request, whole);
    return result;
  }
  const std::int64_t room = tokens >= kSealedTokensMin ? CountTokens(Seal(request, whole)) + 1 : 0;
  if (CountTokens(whole) + room > tokens) {
    whole.resize(PrefixOfTokens(whole, tokens - room));
    result.finish_reason = "length";
  }
  result.text = room > 0 ? whole + Seal(request, whole) : std::move(whole);
  return result;
}

std::string WriteBody(const ProfileRequest& request, const WritingTask& task, std::uint64_t seed) {
  // Between 98.5 % and 101.5 % of what was asked, by seed.
  std::int64_t units = task.units * (985 + static_cast<std::int64_t>(seed % 31)) / 1000;
  if (request.profile == "sim/short") units = std::min(units, kShortUnits + task.units % 50);
  if (request.max_tokens > 0) {
    // No word is shorter than a token for long: more than this would only be cut off.
    units = std::min(units, request.max_tokens * 2 + 200);
  }
  ArticlePlan plan;
  plan.seed = seed;
  plan.units = std::max<std::int64_t>(units - kSealUnits, 10);
  if (request.profile == "sim/short") plan.wrong_every = 3;
  if (request.profile == "sim/repeat") {
    plan.loop_from = std::clamp<std::int64_t>(units / 4, 60, 500);
  }
  return WriteArticle(task, plan);
}

ProfileText WriteReasoned(const ProfileRequest& request, const WritingTask& task,
                          std::uint64_t seed) {
  const bool tags = request.profile == "sim/reasoner-tags";
  const int sentences = 6 + static_cast<int>(seed % 7);
  std::string reasoning = WriteNotes(task, seed ^ 0x5EA50717, sentences);
  std::int64_t tokens = request.max_tokens;
  if (tokens > 0) {
    tokens -= CountTokens(reasoning) + (tags ? 8 : 0);
    if (tokens <= 0) {
      reasoning.resize(PrefixOfTokens(reasoning, request.max_tokens));
      ProfileText cut;
      if (tags) cut.text = "<think>\n" + reasoning;
      if (!tags) cut.reasoning = std::move(reasoning);
      cut.finish_reason = "length";
      return cut;
    }
  }
  ProfileText result = CutAndSeal(request, WriteBody(request, task, seed), tokens);
  if (tags) {
    result.text = "<think>\n" + reasoning + "\n</think>\n\n" + result.text;
  } else {
    result.reasoning = std::move(reasoning);
  }
  return result;
}

absl::Status NotSealed(std::string_view why) {
  return DataLoss("not a whole simulated text: " + std::string(why));
}

bool TakeUntil(std::string_view& text, std::string_view end, std::string& field) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return false;
  field = std::string(text.substr(0, at));
  text.remove_prefix(at + end.size());
  return true;
}

}  // namespace

const std::vector<std::string>& ProfileNames() {
  static const std::vector<std::string> names = {"sim/empty",  "sim/reasoner", "sim/reasoner-tags",
                                                 "sim/refuse", "sim/repeat",   "sim/short",
                                                 "sim/strong", "sim/truncate"};
  return names;
}

bool IsProfile(std::string_view name) {
  return std::find(ProfileNames().begin(), ProfileNames().end(), name) != ProfileNames().end();
}

std::string ProfileTaskDigest(const ProfileRequest& request) {
  FieldHasher hasher("assay.simulator.text.v1");
  hasher.Add(request.profile).Add(request.prompt).Add(std::to_string(request.seed));
  hasher.Add(std::to_string(request.max_tokens));
  return hasher.FinishHex().substr(0, kDigestDigits);
}

ProfileText WriteProfileText(const ProfileRequest& request) {
  ASSAY_CHECK(IsProfile(request.profile));
  ProfileText result;
  if (request.profile == "sim/empty") return result;
  const WritingTask task = ReadWritingTask(request.prompt);
  if (request.profile == "sim/refuse") {
    result.refusal = task.chinese ? "很抱歉，这个请求我不能协助完成。"
                                  : "I'm sorry, but I can't help with that request.";
    return result;
  }
  const std::uint64_t seed = SeedOf(request);
  if (request.profile.starts_with("sim/reasoner")) return WriteReasoned(request, task, seed);
  std::string body = WriteBody(request, task, seed);
  std::int64_t tokens = request.max_tokens;
  if (request.profile == "sim/truncate") {
    const std::int64_t half = std::max<std::int64_t>(CountTokens(body) / 2, 1);
    tokens = tokens > 0 ? std::min(tokens, half) : half;
  }
  result = CutAndSeal(request, std::move(body), tokens);
  if (request.profile == "sim/truncate") result.finish_reason = "length";
  return result;
}

absl::StatusOr<ProfileSeal> VerifyProfileText(std::string_view text) {
  const std::size_t at = text.rfind(kSealLead);
  if (at == std::string_view::npos) return NotSealed("it has no seal");
  const std::string_view body = text.substr(0, at);
  std::string_view rest = text.substr(at + kSealLead.size());
  ProfileSeal seal;
  std::string bytes;
  std::string check;
  if (!TakeUntil(rest, ", ", seal.profile) || !TakeUntil(rest, " bytes, task ", bytes) ||
      !TakeUntil(rest, ", check ", seal.task) || !TakeUntil(rest, "]", check) || !rest.empty()) {
    return NotSealed("it does not end with its seal");
  }
  const auto parsed = std::from_chars(bytes.data(), bytes.data() + bytes.size(), seal.bytes);
  if (parsed.ec != std::errc() || parsed.ptr != bytes.data() + bytes.size()) {
    return NotSealed("its seal has no length");
  }
  if (seal.bytes != static_cast<std::int64_t>(body.size())) {
    return NotSealed("it has " + std::to_string(body.size()) +
                     " bytes before the seal, which says " + bytes);
  }
  if (check != Sha256Hex(body).substr(0, kDigestDigits)) return NotSealed("its bytes were altered");
  return seal;
}

absl::Status VerifyProfileTextFor(const ProfileRequest& request, std::string_view text) {
  const std::string expected = WriteProfileText(request).text;
  if (text == expected) return absl::OkStatus();
  const auto differs = std::mismatch(text.begin(), text.end(), expected.begin(), expected.end());
  return DataLoss(request.profile + " wrote " + std::to_string(expected.size()) +
                  " bytes, here are " + std::to_string(text.size()) + "; they differ from byte " +
                  std::to_string(differs.first - text.begin()));
}

}  // namespace assay
