#include "simulator/article.h"

#include <algorithm>

#include "common/base/random.h"
#include "simulator/sentence_grammar.h"

namespace assay {
namespace {

constexpr std::int64_t kUnitsPerSection = 380;
constexpr std::int64_t kUnitsForHeadings = 150;
constexpr std::int64_t kSectionsMax = 60;
constexpr std::int64_t kHalfSentence = 9;

class Article {
 public:
  Article(const WritingTask& task, std::uint64_t seed) : task_(task), random_(seed) {
    topics_ = task.topics;
    if (topics_.empty()) topics_.push_back(task.subject);
  }

  std::string Write(const ArticlePlan& plan) {
    const std::int64_t target = plan.units;
    wrong_every_ = plan.wrong_every;
    out_.reserve(static_cast<std::size_t>(target) * (task_.chinese ? 4 : 7) + 1024);
    const bool headed = target >= kUnitsForHeadings;
    if (headed) Add("# " + Title() + "\n\n");
    const std::int64_t sections = SectionCount(target, headed);
    for (std::int64_t i = 0; i < sections && Left(target); ++i) {
      if (headed) AddHeading(i);
      AddDemanded(i, sections);
      const std::int64_t until = target * (i + 1) / sections;
      while (Left(until)) {
        if (plan.loop_from > 0 && units_ >= plan.loop_from) return Loop(target);
        AddParagraph(until);
      }
    }
    while (out_.ends_with('\n')) out_.pop_back();
    return std::move(out_);
  }

  std::string Notes(int sentences) {
    for (int i = 0; i < sentences; ++i) AddSentence();
    while (out_.ends_with(' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  bool Left(std::int64_t until) const { return until - units_ >= kHalfSentence; }

  std::int64_t SectionCount(std::int64_t target, bool headed) const {
    if (!headed) return 1;
    const auto aspects = static_cast<std::int64_t>(task_.aspects.size());
    const std::int64_t wanted = std::max(target / kUnitsPerSection, aspects);
    return std::clamp<std::int64_t>(std::min(wanted, target / 60), 1, kSectionsMax);
  }

  void Add(std::string_view text) {
    out_ += text;
    units_ += CountUnits(text);
  }

  std::string Title() {
    std::string title = task_.subject;
    if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
      title[0] = static_cast<char>(title[0] - 32);
    }
    return title;
  }

  void AddHeading(std::int64_t section) {
    const std::size_t from = out_.size();
    out_ += "## ";
    const auto index = static_cast<std::size_t>(section);
    if (task_.narrative) {
      out_ += task_.chinese ? "第" + std::to_string(section + 1) + "章 "
                            : "Chapter " + std::to_string(section + 1) + ": ";
    } else {
      out_ += std::to_string(section + 1) + ". ";
    }
    if (index < task_.aspects.size()) {
      out_ += task_.aspects[index];
    } else {
      const SentenceGrammar& headings = task_.chinese ? ChineseHeadings() : EnglishHeadings();
      headings.Append(out_, random_, {topics_, task_.subject}, last_heading_);
    }
    out_ += "\n\n";
    units_ += CountUnits(std::string_view(out_).substr(from));
  }

  // The aspects and quoted strings that belong to this section, one sentence each.
  void AddDemanded(std::int64_t section, std::int64_t sections) {
    const std::size_t from = out_.size();
    for (std::size_t i = static_cast<std::size_t>(section); i < task_.aspects.size();
         i += static_cast<std::size_t>(sections)) {
      const std::string& aspect = task_.aspects[i];
      out_ +=
          task_.chinese ? "这里要谈的是" + aspect + "。" : "This part turns to " + aspect + ". ";
    }
    for (std::size_t i = static_cast<std::size_t>(section); i < task_.musts.size();
         i += static_cast<std::size_t>(sections)) {
      const std::string& must = task_.musts[i];
      out_ += task_.chinese ? "正如题目所写：“" + must + "”。"
                            : "One phrase belongs here: \"" + must + "\". ";
    }
    units_ += CountUnits(std::string_view(out_).substr(from));
  }

  void AddSentence() {
    const std::size_t from = out_.size();
    Grammar().Append(out_, random_, {topics_, task_.subject}, last_sentence_);
    if (!task_.chinese) out_ += ' ';
    units_ += CountUnits(std::string_view(out_).substr(from));
  }

  void AddParagraph(std::int64_t until) {
    paragraph_ = out_.size();
    const std::size_t sentences = 4 + IndexOf(random_.Next(), 4);
    if (Left(until)) AddFact();
    for (std::size_t i = 0; i < sentences && Left(until); ++i) AddSentence();
    if (out_.ends_with(' ')) out_.pop_back();
    out_ += "\n\n";
  }

  // One sentence of the documents that came with the task, as it stands there or with a number that
  // is one more.
  void AddFact() {
    if (fact_ >= task_.facts.size()) return;
    std::string fact = task_.facts[fact_++];
    if (wrong_every_ > 0 && fact_ % static_cast<std::size_t>(wrong_every_) == 0) {
      const std::size_t last = fact.find_last_of("0123456789");
      if (last != std::string::npos)
        fact[last] = fact[last] == '9' ? '3' : static_cast<char>(fact[last] + 1);
    }
    Add(fact + (task_.chinese ? "" : " "));
  }

  std::string Loop(std::int64_t target) {
    const std::string paragraph = out_.substr(paragraph_);
    const std::int64_t units = std::max<std::int64_t>(CountUnits(paragraph), 1);
    while (units_ + units / 2 < target) {
      out_ += paragraph;
      units_ += units;
    }
    while (out_.ends_with('\n')) out_.pop_back();
    return std::move(out_);
  }

  const SentenceGrammar& Grammar() const {
    if (task_.chinese) return task_.narrative ? ChineseNarrative() : ChineseExposition();
    return task_.narrative ? EnglishNarrative() : EnglishExposition();
  }

  const WritingTask& task_;
  Random random_;
  std::vector<std::string> topics_;
  std::string out_;
  std::int64_t units_ = 0;
  std::size_t paragraph_ = 0;
  std::size_t last_sentence_ = 0;
  std::size_t last_heading_ = 0;
  std::size_t fact_ = 0;
  int wrong_every_ = 0;
};

}  // namespace

std::string WriteArticle(const WritingTask& task, const ArticlePlan& plan) {
  return Article(task, plan.seed).Write(plan);
}

std::string WriteNotes(const WritingTask& task, std::uint64_t seed, int sentences) {
  return Article(task, seed).Notes(sentences);
}

}  // namespace assay
