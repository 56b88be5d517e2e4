#include "judge/benchmarks/longeval/longeval_scores.h"

#include <algorithm>

#include "common/base/check.h"

namespace assay {
namespace {

enum Place { kRelatedWork, kIntroduction, kEa, kMe, kInstruction, kRedundancy, kLength };

double WordsOf(std::string_view text) {
  return static_cast<double>(1 + std::count(text.begin(), text.end(), ' '));
}

std::optional<double> Mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> ValueOf(const LongEvalAnswer& answer) {
  if (answer.fate != LongEvalAnswer::Fate::kScore) return std::nullopt;
  return answer.score;
}

}  // namespace

double LongEvalLength(const LongEvalItem& item, const std::vector<std::string_view>& texts) {
  ASSAY_CHECK(!texts.empty() && texts.size() == item.sections.size());
  std::vector<double> ratios;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const double asked = WordsOf(item.sections[i]);
    const double written = WordsOf(texts[i]);
    ratios.push_back(asked <= written ? 1 : written / asked);
  }
  return *Mean(ratios);
}

LongEvalScores LongEvalScoresOf(const std::vector<LongEvalAnswered>& answered, double length) {
  LongEvalScores scores;
  std::vector<double> analyses;
  std::vector<double> methods;
  std::vector<double> instructions;
  for (const auto& [question, answer] : answered) {
    switch (question.ask) {
      case LongEvalAsk::kRelated:
      case LongEvalAsk::kWhole:
        scores[kRelatedWork].value = ValueOf(answer);
        break;
      case LongEvalAsk::kIntroduction:
        scores[kIntroduction].value = ValueOf(answer);
        break;
      case LongEvalAsk::kRedundancy:
        scores[kRedundancy].value = ValueOf(answer);
        break;
      case LongEvalAsk::kInstruction:
        instructions.push_back(answer.score);
        break;
      case LongEvalAsk::kExperiment:
        break;
      case LongEvalAsk::kAnalysis:
        analyses.push_back(answer.score);
        break;
      case LongEvalAsk::kMethod:  // twice, as it is added up there
        methods.insert(methods.end(), 2, answer.score);
        break;
    }
  }
  for (const Place place : {kRelatedWork, kIntroduction, kRedundancy}) scores[place].there = true;
  scores[kEa] = {!analyses.empty(), Mean(analyses)};
  scores[kMe] = {!methods.empty(), Mean(methods)};
  scores[kInstruction] = {true, Mean(instructions)};
  scores[kLength] = {true, length};
  return scores;
}

LongEvalFigures LongEvalAggregate(const std::vector<LongEvalScores>& texts) {
  ASSAY_CHECK(!texts.empty());
  LongEvalFigures figures;
  std::vector<double> means;
  for (std::size_t i = 0; i < kLongEvalScores.size(); ++i) {
    if (!texts.front()[i].there) continue;
    std::vector<double> values;
    for (const LongEvalScores& text : texts) {
      if (text[i].there && text[i].value.has_value()) values.push_back(*text[i].value);
    }
    const double mean = Mean(values).value_or(-1);
    figures.means[i] = {true, mean};
    means.push_back(i == kLength ? std::min(mean, 1.0) : mean);
  }
  figures.average = *Mean(means);
  return figures;
}

}  // namespace assay
