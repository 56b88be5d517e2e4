// A small run with everything in it: generations, rule scorings and strict judge scorings, some of
// whose first replies are useless. All answers are pure functions of the request's bytes.
#pragma once

#include <string>

#include "assay/v1/run_record.pb.h"
#include "common/base/check.h"
#include "common/base/digest.h"
#include "judge/scorer_registry.h"
#include "tests/fakes/scripted_chat_client.h"

namespace assay {

inline v1::ScorerSpec Resolved(v1::ScorerSpec scorer) {
  auto resolved = ResolveScorer(std::move(scorer));
  ASSAY_CHECK(resolved.ok());
  return *std::move(resolved);
}

inline void AddScorers(v1::RunSpec& spec) {
  v1::ScorerSpec length;
  length.mutable_length();
  *spec.add_scorers() = Resolved(length);
  v1::ScorerSpec repetition;
  repetition.mutable_repetition();
  *spec.add_scorers() = Resolved(repetition);
  v1::ScorerSpec rubric;
  rubric.set_judge("judge");
  rubric.mutable_rubric()->set_preset("general");
  *spec.add_scorers() = Resolved(rubric);
}

inline v1::RunRecord SmallRun(int samples, int repeats = 1, const std::string& run_id = "run1") {
  v1::RunRecord record;
  record.set_schema(1);
  record.set_run_id(run_id);
  record.set_run_secret(std::string(32, 's'));
  v1::RunSpec& spec = *record.mutable_spec();
  spec.set_name("small");
  spec.set_repeats(repeats);
  v1::Endpoint& endpoint = *spec.add_endpoints();
  endpoint.set_id("e");
  endpoint.set_base_url("http://127.0.0.1:1/v1");
  endpoint.set_max_in_flight(4);
  v1::Model& model = *spec.add_models();
  model.set_id("writer");
  model.set_endpoint("e");
  model.set_model("writer-1");
  model.mutable_sampling()->set_max_tokens(500);
  v1::Judge& judge = *spec.add_judges();
  judge.set_id("judge");
  judge.set_endpoint("e");
  judge.set_model("judge-1");
  AddScorers(spec);
  v1::Suite& suite = *record.add_suites();
  suite.mutable_manifest()->set_name("small");
  suite.set_digest("sha256:small");
  for (int i = 0; i < samples; ++i) {
    v1::Sample& sample = *suite.add_samples();
    sample.set_id("s" + std::to_string(i));
    sample.set_prompt("Write about number " + std::to_string(i) + ".");
    sample.set_required_words(20 + i);
  }
  return record;
}

inline std::string JudgeAnswer(const std::string& body) {
  const std::string hash = Sha256Hex(body);
  if (hash[0] < '6') return "no verdict today " + hash.substr(0, 4);
  static constexpr std::string_view kMark = "nonce\\\": \\\"";
  const std::size_t at = body.rfind(kMark);
  ASSAY_CHECK(at != std::string::npos);
  std::string reply = "{\"analysis\": \"fine\"";
  int digit = 1;
  for (const char* name :
       {"coherence", "content", "depth", "instruction_following", "language", "originality"}) {
    reply += std::string(", \"") + name +
             "\": " + std::to_string(1 + hash[static_cast<std::size_t>(digit++)] % 5);
  }
  return reply + ", \"nonce\": \"" + body.substr(at + kMark.size(), 32) + "\"}";
}

inline LlmResult SmallAnswer(const LlmCall& call, int) {
  if (call.body.find("judge-1") != std::string::npos) return MakeReply(JudgeAnswer(call.body));
  std::string text;
  for (int i = 0; i < 30; ++i) text += Sha256Hex(call.body + std::to_string(i)).substr(0, 5) + " ";
  return MakeReply(text);
}

}  // namespace assay
