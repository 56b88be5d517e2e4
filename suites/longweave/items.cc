#include "suites/longweave/items.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>
#include <tuple>
#include <utility>

#include "common/base/status.h"
#include "common/text/python_csv.h"
#include "common/text/python_text.h"
#include "judge/benchmarks/longweave/code_fixing.h"
#include "judge/benchmarks/longweave/kv_dict.h"
#include "judge/benchmarks/longweave/paragraph_order.h"
#include "judge/benchmarks/longweave/sample_item.h"
#include "judge/benchmarks/longweave/state_machine.h"
#include "suites/longweave/markdown_table.h"

namespace assay::longweave {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxTableRows = 1000;
constexpr std::int64_t kKeyLength = 32;  // of config/task_config.yaml, which is no valid YAML
constexpr char kArticles[] = "data/News_AP_Style/merged_output.json";
constexpr char kDocuments[] = "data/paragraph_ordering_data.json";
constexpr char kTriples[] = "_triples.tsv";

std::string Numbered(const char* format, std::int64_t number) {
  char name[64];
  std::snprintf(name, sizeof(name), format, static_cast<long long>(number));
  return name;
}

std::string CodeFile(const Cell& cell, std::int64_t index) {
  return "data/code_fix/" + cell.length + "/" + Numbered("file_%03lld.py", index);
}

std::string SalesFile(const Cell& cell, const char* format, std::int64_t index) {
  return "data/excel2text/" + cell.length + "/" + Numbered(format, index);
}

std::string BiographyFolder(const Cell& cell) {
  return "data/kg2text/kg2text_categorized/" + cell.length;
}

v1::Sample SampleOf(const Cell& cell, std::int64_t index, const std::string& prompt,
                    SampleItem item) {
  v1::Sample sample;
  std::string id = cell.IdOf(index);
  std::replace(id.begin(), id.end(), '/', '.');
  sample.set_id(id);
  v1::Message& system = *sample.add_messages();
  system.set_role("system");
  system.set_content("You are a helpful assistant.");
  v1::Message& user = *sample.add_messages();
  user.set_role("user");
  user.set_content(prompt);
  sample.set_language("en");
  sample.set_category(cell.path());
  sample.set_required_words(static_cast<std::int32_t>(cell.words));
  item.task = cell.task;
  item.words = cell.words;
  WriteItem(item, sample);
  return sample;
}

// As Python's text mode reads line ends.
std::string UniversalLines(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    lines.push_back(text[i] == '\r' ? '\n' : text[i]);
  }
  return lines;
}

// Lines with their ends, as Python's text mode with newline="" gives them.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t size = std::min(text.find_first_of("\r\n"), text.size());
    if (text.substr(size, 2) == "\r\n") ++size;
    size = std::min(size + 1, text.size());
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

// Names of the people of a folder, in the order of their numbers.
std::vector<std::string> SlugsIn(const std::string& folder) {
  std::vector<std::tuple<std::uint64_t, std::string>> slugs;
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    std::string name = each->path().filename().string();
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    if (!name.ends_with(kTriples)) continue;
    name.resize(name.size() - std::string_view(kTriples).size());
    const std::string number = name.substr(0, name.find('_'));
    const bool numeric = !number.empty() && number.size() < 19 &&
                         number.find_first_not_of("0123456789") == std::string::npos;
    slugs.emplace_back(numeric ? std::stoull(number) : std::numeric_limits<std::uint64_t>::max(),
                       name);
  }
  std::sort(slugs.begin(), slugs.end());
  slugs.erase(std::unique(slugs.begin(), slugs.end()), slugs.end());
  std::vector<std::string> names;
  for (auto& [number, name] : slugs) names.push_back(std::move(name));
  return names;
}

absl::Status Malformed(const SourceFolder& source, const std::string& file,
                       const std::string& problem) {
  return InvalidArgument(source.PathOf(file) + ": " + problem + "; " + source.advice());
}

absl::Status TooFew(const SourceFolder& source, const std::string& file, const Cell& cell,
                    std::size_t found) {
  return Malformed(source, file,
                   std::to_string(found) + " items for " + cell.path() + ", expected " +
                       std::to_string(cell.items) + " (sample_num of config/global_config.yaml)");
}

absl::StatusOr<std::vector<Triple>> ReadTriples(const SourceFolder& source,
                                                const std::string& file) {
  ASSAY_ASSIGN_OR_RETURN(const std::string text, source.ReadText(file, kMaxTextBytes));
  const std::vector<std::string_view> lines = LinesOf(text);
  const absl::StatusOr<std::vector<CsvRow>> rows = PythonCsvRows(lines, '\t');
  if (!rows.ok()) return Malformed(source, file, std::string(MessageOf(rows.status())));
  std::vector<Triple> triples;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const CsvRow& row = (*rows)[i];
    if (row.empty()) continue;
    if (row.size() != 3) {
      return Malformed(source, file,
                       "row " + std::to_string(i + 1) + ": " + std::to_string(row.size()) +
                           " cells, expected subject, predicate and object");
    }
    Triple triple{std::string(PythonStrip(row[0])), std::string(PythonStrip(row[1])),
                  std::string(PythonStrip(row[2]))};
    const bool whole =
        !triple.subject.empty() && !triple.predicate.empty() && !triple.object.empty();
    if (whole) triples.push_back(std::move(triple));
  }
  if (triples.empty()) return Malformed(source, file, "no triple behind the header");
  return triples;
}

std::vector<Question> QuestionsOf(const ConfigNode& document, ConfigErrors& errors,
                                  const std::string& advice) {
  std::vector<Question> questions;
  const RowReader root(document, &errors, "", advice);
  const ConfigNode* const list = root.List("target_conclusions");
  for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
    const RowReader row(list->children[i], &errors, "target_conclusions[" + std::to_string(i) + "]",
                        advice);
    questions.push_back({std::string(PythonStrip(row.Text("question"))),
                         std::string(PythonStrip(row.Text("answer")))});
  }
  if (list != nullptr && questions.empty()) root.Fail("target_conclusions", "expected a question");
  return questions;
}

std::vector<Statement> StatementsOf(const RowReader& row, const std::string& where,
                                    ConfigErrors& errors, const std::string& advice) {
  std::vector<Statement> statements;
  const ConfigNode* const list = row.List("statements");
  for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
    const RowReader fields(list->children[i], &errors,
                           where + ".statements[" + std::to_string(i) + "]", advice);
    statements.push_back({fields.Text("Category"), fields.Text("Statement"),
                          fields.AnyText("Reason_for_Deduction"),
                          fields.AnyText("Correct_Expression")});
  }
  return statements;
}

// Whose turn it is: the script counts its calls, and begins again with the second. REQUIRES: two
// articles.
std::size_t ArticleOf(std::int64_t index, std::size_t articles) {
  const auto place = static_cast<std::size_t>(index);
  if (place < articles) return place;
  return 1 + (place - articles) % (articles - 1);
}

}  // namespace

absl::StatusOr<std::optional<std::vector<v1::Sample>>> ItemReader::Read(const Cell& cell) {
  struct Part {
    const char* task;
    std::string marker;  // what of its input must be there; empty: it has none
    absl::StatusOr<Samples> (ItemReader::*read)(const Cell&) const;
  };
  const std::string biographies = source_.PathOf(BiographyFolder(cell) + "/triples");
  for (const Part& part :
       {Part{"GEN_KV_DICT", "", &ItemReader::DrawDictionaries},
        Part{"STATE_MACHINE", "", &ItemReader::DrawTraces},
        Part{"CODE_FIXING", CodeFile(cell, 0), &ItemReader::ReadCode},
        Part{"SALES_REPORT_GENERATION", SalesFile(cell, "sales_data_%03lld.csv", 0),
             &ItemReader::ReadReports},
        Part{"AP_STYLE_WRITING", kArticles, &ItemReader::ReadArticles},
        Part{"PARAGRAPH_ORDERING", kDocuments, &ItemReader::ReadDocuments}}) {
    if (cell.task != part.task) continue;
    if (!part.marker.empty() && !source_.Has(part.marker)) return std::nullopt;
    ASSAY_ASSIGN_OR_RETURN(Samples samples, (this->*part.read)(cell));
    return std::optional<Samples>(std::move(samples));
  }
  if (SlugsIn(biographies).empty()) return std::nullopt;
  ASSAY_ASSIGN_OR_RETURN(Samples samples, ReadBiographies(cell));
  return std::optional<Samples>(std::move(samples));
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::DrawDictionaries(const Cell& cell) const {
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    SampleItem item;
    item.kv = DrawKvItem(cell.IdOf(i), cell.entries, kKeyLength, kKeyLength);
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt, KvPrompt(templates_, item.kv));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::DrawTraces(const Cell& cell) const {
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    SampleItem item;
    item.input = DrawInput(cell.IdOf(i), cell.input);
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt, StateMachinePrompt(templates_, item.input));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::ReadCode(const Cell& cell) const {
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    SampleItem item;
    ASSAY_ASSIGN_OR_RETURN(const std::string text,
                           source_.ReadText(CodeFile(cell, i), kMaxTextBytes));
    item.code = UniversalLines(text);
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt, CodePrompt(templates_, item.code));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::ReadBiographies(const Cell& cell) const {
  const std::string folder = BiographyFolder(cell);
  const std::vector<std::string> slugs = SlugsIn(source_.PathOf(folder + "/triples"));
  if (std::cmp_less(slugs.size(), cell.items)) {
    return TooFew(source_, folder + "/triples", cell, slugs.size());
  }
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    const std::string& slug = slugs[static_cast<std::size_t>(i)];
    ASSAY_ASSIGN_OR_RETURN(const std::vector<Triple> triples,
                           ReadTriples(source_, folder + "/triples/" + slug + kTriples));
    const std::string file = folder + "/sentences/" + slug + "_sentences.json";
    ASSAY_ASSIGN_OR_RETURN(const ConfigNode document, source_.ReadJson(file));
    ConfigErrors errors(source_.PathOf(file), &document);
    const RowReader root(document, &errors, "", source_.advice());
    SampleItem item;
    for (const std::string& sentence : root.Texts("sentences")) {
      if (!PythonStrip(sentence).empty()) item.texts.push_back(sentence);
    }
    if (errors.empty() && item.texts.empty()) root.Fail("sentences", "expected a sentence");
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt,
                           BiographyPrompt(templates_, slug, triples, cell.words));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::ReadReports(const Cell& cell) const {
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    const std::string csv_file = SalesFile(cell, "sales_data_%03lld.csv", i);
    ASSAY_ASSIGN_OR_RETURN(const std::string csv, source_.ReadText(csv_file, kMaxTextBytes));
    const absl::StatusOr<std::string> table = MarkdownTable(csv, kMaxTableRows);
    if (!table.ok()) return Malformed(source_, csv_file, std::string(MessageOf(table.status())));
    const std::string file = SalesFile(cell, "sales_conclusions_%03lld.json", i);
    ASSAY_ASSIGN_OR_RETURN(const ConfigNode document, source_.ReadJson(file));
    ConfigErrors errors(source_.PathOf(file), &document);
    SampleItem item;
    item.questions = QuestionsOf(document, errors, source_.advice());
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt,
                           ReportPrompt(templates_, *table, item.questions, cell.words));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::ReadArticles(const Cell& cell) const {
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode document, source_.ReadJson(kArticles));
  if (document.kind != ConfigNode::Kind::kSequence || document.children.size() < 2) {
    return Malformed(source_, kArticles, "expected a list of at least two articles");
  }
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    const std::size_t place = ArticleOf(i, document.children.size());
    ConfigErrors errors(source_.PathOf(kArticles), &document);
    const std::string where = "[" + std::to_string(place) + "]";
    const RowReader row(document.children[place], &errors, where, source_.advice());
    SampleItem item;
    item.texts = DrawCategories(cell.IdOf(i), cell.length);
    for (Statement& statement : StatementsOf(row, where, errors, source_.advice())) {
      const bool selected =
          std::find(item.texts.begin(), item.texts.end(), statement.category) != item.texts.end();
      if (selected) item.statements.push_back(std::move(statement));
    }
    const std::string query = row.Text("query");
    if (errors.empty() && item.statements.empty()) {
      row.Fail("statements", "expected one of the categories that " + cell.IdOf(i) + " draws");
    }
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    ASSAY_ASSIGN_OR_RETURN(
        const std::string prompt,
        ArticlePrompt(templates_, rules_, query, item.texts, item.statements, cell.words));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

absl::StatusOr<std::vector<v1::Sample>> ItemReader::ReadDocuments(const Cell& cell) const {
  ASSAY_ASSIGN_OR_RETURN(const ConfigNode document, source_.ReadJson(kDocuments));
  ConfigErrors errors(source_.PathOf(kDocuments), &document);
  const RowReader root(document, &errors, "", source_.advice());
  const ConfigNode* const documents = root.List(cell.length);
  ASSAY_RETURN_IF_ERROR(errors.ToStatus());
  if (std::cmp_less(documents->children.size(), cell.items)) {
    return TooFew(source_, kDocuments, cell, documents->children.size());
  }
  Samples samples;
  for (std::int64_t i = 0; i < cell.items; ++i) {
    const RowReader row(documents->children[static_cast<std::size_t>(i)], &errors,
                        cell.length + "[" + std::to_string(i) + "]", source_.advice());
    SampleItem item;
    item.texts = row.Texts("segments");
    const std::string id = row.Text("doc_id");
    if (errors.empty() && item.texts.empty()) row.Fail("segments", "expected paragraphs");
    ASSAY_RETURN_IF_ERROR(errors.ToStatus());
    const std::vector<std::string> shuffled = ShuffledParagraphs(id, item.texts);
    ASSAY_ASSIGN_OR_RETURN(const std::string prompt, ParagraphPrompt(templates_, shuffled));
    samples.push_back(SampleOf(cell, i, prompt, item));
  }
  return samples;
}

}  // namespace assay::longweave
