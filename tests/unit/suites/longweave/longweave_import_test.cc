// LongWeave's importer: the published items by their digests, the tasks that need data from a copy
// laid out as data.tar.xz is, and every kind of malformed file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "judge/benchmarks/longweave/sample_item.h"
#include "judge/benchmarks/longweave/templates.h"
#include "suites/benchmarks.h"
#include "suites/longweave/markdown_table.h"
#include "suites/suite_loader.h"
#include "tests/unit/common/text/python_oracle.h"
#include "tests/unit/judge/claims/golden_data.h"
#include "tests/unit/suites/temp_folder.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::filesystem::path Copy() { return GoldenFolder("longweave"); }

// Articles and documents of our own: there is no public copy of the benchmark's.
std::string Articles() {
  const std::vector<std::string> categories = {
      "Capitalization Rules",    "Overall Consistency", "Media References", "Titles and Positions",
      "Addresses and Locations", "Number Usage",        "Technical Terms",  "Dates and Times",
      "Clarity and Brevity",     "Punctuation"};
  Json river = {{"query", "Write about the river."}, {"statements", Json::array()}};
  Json bridge = {{"query", "Write about a bridge."}, {"statements", Json::array()}};
  for (const std::string k : {"1", "2"}) {
    for (const std::string& category : categories) {
      river["statements"].push_back({{"Category", category},
                                     {"Statement", "S" + k + " of " + category + " «é»"},
                                     {"Reason_for_Deduction", "R" + k},
                                     {"Correct_Expression", "C" + k}});
    }
  }
  for (auto each = categories.rbegin(); each != categories.rend(); ++each) {
    bridge["statements"].push_back({{"Category", *each},
                                    {"Statement", "T " + *each},
                                    {"Reason_for_Deduction", "r"},
                                    {"Correct_Expression", "c"}});
  }
  return DumpJson(Json::array({river, bridge}));
}

std::string Documents() {
  Json documents = Json::array();
  for (int i = 0; i < 3; ++i) {
    Json segments = Json::array();
    for (int j = 0; j < 3 + i; ++j) {
      segments.push_back("Para " + std::to_string(j) + " of {} d" + std::to_string(i) + " {x}.");
    }
    documents.push_back({{"doc_id", "d" + std::to_string(i)}, {"segments", segments}});
  }
  return DumpJson(Json{{"1k", documents}});
}

constexpr char kConfig[] = R"(selected_tasks:
  - task_path: "CODE_FIXING/1k"
    args: {test_length: 1024, sample_num: 3}
  - task_path: "KG_TO_TEXT/1k"
    args: {test_length: 1024, sample_num: 2}
  - task_path: "SALES_REPORT_GENERATION/1k"
    args: {test_length: 1024, sample_num: 2}
  - task_path: "AP_STYLE_WRITING/1k"
    args: {test_length: 1024, sample_num: 3}
  - task_path: "AP_STYLE_WRITING/4k"
    args: {test_length: 4096, sample_num: 3}
  - task_path: "AP_STYLE_WRITING/8k"
    args: {test_length: 8192, sample_num: 3}
  - task_path: "PARAGRAPH_ORDERING/1k"
    args: {test_length: 1024, sample_num: 3}
  - task_path: "GEN_KV_DICT/1k"
    args: {sample_num: 1, num_entries: 20}
)";

// A copy with data: the benchmark's prompts, and inputs that its simulators made.
class LongWeaveImportTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasGolden("longweave")) GTEST_SKIP() << "no copy of LongWeave at " << Copy();
    for (const char* file : {"prompts/prompt_templates.json", "rubric/AP_Style_Evaluation.json"}) {
      from_.Write(file, ReadGolden(Copy() / file));
    }
    from_.Write("config/global_config.yaml", kConfig);
    int number = 0;
    for (const Json& row : GoldenRows(Copy() / "regenerated/code_fixing_inputs.jsonl.gz")) {
      from_.Write("data/code_fix/1k/file_00" + std::to_string(number++) + ".py",
                  row["code"].get<std::string>());
    }
    const std::filesystem::path people = Copy() / "regenerated/kg2text/size15";
    for (const char* kind : {"triples", "sentences"}) {
      for (const auto& each : std::filesystem::directory_iterator(people / kind)) {
        from_.Write(Person(std::string(kind) + "/" + each.path().filename().string()),
                    ReadGolden(each.path()));
      }
    }
    for (const char* name : {"sales_data_000.csv", "sales_data_001.csv",
                             "sales_conclusions_000.json", "sales_conclusions_001.json"}) {
      from_.Write(std::string("data/excel2text/1k/") + name,
                  ReadGolden(Copy() / "regenerated/excel2text" / (std::string(name) + ".gz")));
    }
    from_.Write("data/News_AP_Style/merged_output.json", Articles());
    from_.Write("data/paragraph_ordering_data.json", Documents());
  }

  static std::string Person(const std::string& name) {
    return "data/kg2text/kg2text_categorized/1k/" + name;
  }

  absl::StatusOr<std::vector<ImportedSuite>> Import() {
    return ImportBenchmark("longweave", {from_.path(), to_.path(), true});
  }

  // The message without the folder and what to do, which it must end in.
  std::string Problem() {
    const auto imported = Import();
    if (imported.ok()) return "accepted";
    EXPECT_TRUE(std::filesystem::is_empty(to_.path()));
    std::string message(MessageOf(imported.status()));
    const std::size_t advice = message.rfind("; take the file again from https://github.com/");
    EXPECT_NE(advice, std::string::npos) << message;
    message.resize(std::min(advice, message.size()));
    const std::string folder = from_.path() + "/";
    for (std::size_t at = message.find(folder); at != std::string::npos;
         at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }

  void Replace(const std::string& file, const std::string& old, const std::string& with) {
    std::string text = TempFolder::Read(from_.path() + "/" + file);
    const std::size_t at = text.find(old);
    ASSERT_NE(at, std::string::npos) << old;
    text.replace(at, old.size(), with);
    from_.Write(file, text);
  }

  TempFolder from_;
  TempFolder to_;
};

// SHA-256 of prompts that Python made of the same inputs: the f-strings of the templates evaluated
// by Python itself, tables by pandas and tabulate.
const std::map<std::string, std::string>& PromptDigests() {
  static const auto* const kDigests = new std::map<std::string, std::string>{
      {"CODE_FIXING.1k_0", "3d7c97b53cab5e6278b3646a8118dea3f2b8e5f3d11cc0a8772c327e760d50f0"},
      {"CODE_FIXING.1k_1", "7aac3be3f11178cda94a9232c0932c9a413953489d76310f514a14ce80315640"},
      {"CODE_FIXING.1k_2", "75ae149f75226c5f0729c473c1f6f681dea5361dd0bb480b13ca2996e4bd8e4d"},
      {"KG_TO_TEXT.1k_0", "7a0defe9f0ac63a28507475b93d5de584e1a35f930fac6e9c6d89bde3e9dacef"},
      {"KG_TO_TEXT.1k_1", "1cdaefa3091f54024dc58b67f730599101d543492dff3a1f60cebe6996ad50d3"},
      {"SALES_REPORT_GENERATION.1k_0",
       "93abe1890920c6724cb604381dbdd237487d2ac39c200a39f45dc1baedd88849"},
      {"SALES_REPORT_GENERATION.1k_1",
       "e400176521d75e647b4da67ecf8757a2e9cb0210fddc82b4f1fc1433974996ba"},
      {"AP_STYLE_WRITING.1k_0", "9227067fbe21b4c8d1e92744b213d22bb43e60195dd80f2b09895a64874e7a35"},
      {"AP_STYLE_WRITING.1k_1", "71dd3d19768fbc7048e2ae013862524055d686bf82cceb0bbc2cd4e18ea56aa7"},
      {"AP_STYLE_WRITING.1k_2", "07862afc63ee15156bd912d889fd35a04d4c00279f911f94a32719e3e3861eb2"},
      {"AP_STYLE_WRITING.4k_0", "66229d74bb49978b2b72791284e8ed3df27f9b16405e8f980683f3537dd120d4"},
      {"AP_STYLE_WRITING.4k_1", "37ca954b0ee599843b0eb164d0d37d189e71014fb912da335ae6dd4a1c4749b1"},
      {"AP_STYLE_WRITING.4k_2", "85daddf49482704b4f02c2dc166fdc73965241157eb454b6b92460c02e7692b9"},
      {"AP_STYLE_WRITING.8k_0", "ae5b53461b962de0223286c2377c2fa63660c702c7886cceb4f042a36c517835"},
      {"AP_STYLE_WRITING.8k_1", "f6015ffddef37b69bac09be174e00a922bb195d9369d12b0ee9c85f45535824a"},
      {"AP_STYLE_WRITING.8k_2", "f6015ffddef37b69bac09be174e00a922bb195d9369d12b0ee9c85f45535824a"},
      {"PARAGRAPH_ORDERING.1k_0",
       "1c2d91d8f68c179b500d41d1e69ecf3b6dfded537e491f4a64e34b81adca65f2"},
      {"PARAGRAPH_ORDERING.1k_1",
       "262fee42a0fbc4080d99b2f65d7e2748c360cb0c537995485450c293a2d83b52"},
      {"PARAGRAPH_ORDERING.1k_2",
       "fd82230404254e8ced2a2ae0f3a2f075458528d3da1fc54bf3d0349d9b068582"},
  };
  return *kDigests;
}

TEST_F(LongWeaveImportTest, EveryTaskFromItsData) {
  const auto imported = Import();
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 1u);
  EXPECT_EQ((*imported)[0].samples, 20);
  const absl::StatusOr<LoadedSuite> loaded = LoadSuite((*imported)[0].folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  std::set<std::string> checked;
  std::map<std::string, const v1::Sample*> samples;
  for (const v1::Sample& sample : loaded->suite.samples()) {
    samples[sample.id()] = &sample;
    const auto item = longweave::ReadItem(sample);
    EXPECT_TRUE(item.ok()) << item.status();
    const auto digest = PromptDigests().find(sample.id());
    if (digest == PromptDigests().end()) continue;
    EXPECT_EQ(Sha256Hex(sample.messages(1).content()), digest->second) << sample.id();
    checked.insert(sample.id());
  }
  EXPECT_EQ(checked.size(), PromptDigests().size());
  EXPECT_EQ(checked.size(), 19u);

  const v1::Sample& person = *samples.at("KG_TO_TEXT.1k_0");
  EXPECT_EQ(person.category(), "KG_TO_TEXT/1k");
  EXPECT_EQ(person.required_words(), 1024);
  EXPECT_EQ(person.messages(0).content(), "You are a helpful assistant.");
  EXPECT_EQ(longweave::ReadItem(person)->texts[0],
            "Ambassador Shawn Hodge came from a Middle Class background.");
  EXPECT_EQ(longweave::ReadItem(person)->words, 1024);
  EXPECT_EQ(longweave::ReadItem(*samples.at("AP_STYLE_WRITING.1k_0"))->texts.size(), 2u);
  EXPECT_EQ(longweave::ReadItem(*samples.at("AP_STYLE_WRITING.1k_0"))->statements.size(), 4u);
  EXPECT_EQ(longweave::ReadItem(*samples.at("PARAGRAPH_ORDERING.1k_1"))->texts[3],
            "Para 3 of {} d1 {x}.");
  EXPECT_EQ(longweave::ReadItem(*samples.at("SALES_REPORT_GENERATION.1k_0"))->questions[0].question,
            "Who was the top sales representative by revenue and what was their contribution?");

  const v1::SuiteManifest& manifest = loaded->suite.manifest();
  EXPECT_EQ(manifest.benchmark(), "longweave");
  ASSERT_EQ(manifest.scorers_size(), 2);
  EXPECT_EQ(manifest.scorers(0).benchmark().name(), "longweave");
  EXPECT_EQ(manifest.scorers(1).benchmark().name(), "longweave-judged");
  EXPECT_EQ(manifest.scorers(1).benchmark().prompts_size(), 7);
  EXPECT_EQ(manifest.scorers(1).benchmark().prompts().at("rubric"),
            ReadGolden(Copy() / "rubric/AP_Style_Evaluation.json"));
  EXPECT_THAT(manifest.description(), Not(HasSubstr("Without input")));
}

TEST_F(LongWeaveImportTest, TasksWithoutInputAreLeftOutAndNamed) {
  std::filesystem::remove_all(from_.path() + "/data/code_fix");
  std::filesystem::remove_all(from_.path() + "/data/kg2text");
  const auto imported = Import();
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ((*imported)[0].samples, 15);
  EXPECT_THAT(LoadSuite((*imported)[0].folder)->suite.manifest().description(),
              HasSubstr("Without input, so not in this suite: CODE_FIXING/1k, KG_TO_TEXT/1k."));
}

TEST_F(LongWeaveImportTest, MissingFilesAndItems) {
  std::filesystem::remove(from_.path() + "/data/code_fix/1k/file_002.py");
  EXPECT_EQ(Problem(), "data/code_fix/1k/file_002.py: is missing");
  from_.Write("data/code_fix/1k/file_002.py", "x = 1\n");
  std::filesystem::remove(from_.path() + "/" +
                          Person("sentences/00002_citizen_steven_vega_sentences.json"));
  EXPECT_EQ(Problem(), Person("sentences/00002_citizen_steven_vega_sentences.json: is missing"));
  std::filesystem::remove(from_.path() + "/" +
                          Person("triples/00002_citizen_steven_vega_triples.tsv"));
  EXPECT_EQ(Problem(), Person("triples: 1 items for KG_TO_TEXT/1k, expected 2 (sample_num of "
                              "config/global_config.yaml)"));
  const auto nothing = ImportBenchmark("longweave", {to_.path(), to_.path(), false});
  EXPECT_EQ(nothing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(MessageOf(nothing.status())),
              HasSubstr("no prompts/prompt_templates.json is there (plain or .gz)"));
}

// Every form in which the benchmark's files write their texts.
constexpr char kTaskFile[] = R"py(class Task:
    def generate_prompt(self, **kwargs):
        lines = ["a", "", code.strip(), f"b {n}"]
        if kwargs:
            lines.extend([f"c {self.n}", "d"])
        text = (
            f"e {x}\n"
            "f {{name}}\n"
        )
        text += f"{state:<12} | {y}"
        text += "\n" + "\n".join(parts) + "g"
        return ("h {}" + ", ".join([f"{i}"
                                     for i in "z"]) + " {}".format(1)), None
)py";

TEST(ExtractPromptsTest, WritesWhatTheImporterReads) {
  const std::optional<std::string> python = FindPython();
  if (!python) GTEST_SKIP() << "no Python 3.11 to run it with";
  const TempFolder clone;
  for (const char* task :
       {"code_fix_task", "kg2text_task", "sales_report_task", "news_AP_style_task",
        "gen_kv_dictionary_task", "paragraph_ordering_task", "state_machine_task"}) {
    clone.Write(std::string("core/tasks/") + task + ".py", kTaskFile);
  }
  const std::string out = clone.path() + "/texts.json";
  const std::string command = *python + " " + ASSAY_SOURCE_DIR +
                              "/suites/longweave/extract_prompts.py " + clone.path() + " > " + out;
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto templates = longweave::Templates::Parse(TempFolder::Read(out));
  ASSERT_TRUE(templates.ok()) << templates.status();
  const auto text = [&](const char* variable, std::size_t index) {
    return templates->Text("kg2text_task", "generate_prompt", variable, index).value_or("missing");
  };
  EXPECT_EQ(text("lines", 0), "a\n\n<<code>>\nb <<n>>");
  EXPECT_EQ(text("lines", 1), "c <<self.n>>\nd");
  EXPECT_EQ(text("text", 0), "e <<x>>\nf {{name}}\n");
  EXPECT_EQ(text("text", 1), "<<state:<12>> | <<y>>");
  EXPECT_EQ(text("text", 2), "\n<<'\\n'.join(parts)>>g");
  EXPECT_EQ(text("return", 0), "h {}<<', '.join([f'{i}' for i in 'z'])>> {}");
  EXPECT_EQ(text("text", 3), "missing");
}

struct Malformed {
  const char* name;
  const char* file;
  const char* old;  // what is replaced; null: the file is `with`
  const char* with;
  const char* problem;

  friend void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.name; }
};

class LongWeaveMalformedTest : public LongWeaveImportTest,
                               public testing::WithParamInterface<Malformed> {};

TEST_P(LongWeaveMalformedTest, IsRefusedWithFilePlaceAndExpectation) {
  const Malformed& malformed = GetParam();
  if (malformed.old == nullptr) {
    from_.Write(malformed.file, malformed.with);
  } else {
    Replace(malformed.file, malformed.old, malformed.with);
  }
  EXPECT_EQ(Problem(), malformed.problem);
}

constexpr char kSales[] = "data/excel2text/1k/sales_conclusions_000.json";
constexpr char kGlobal[] = "config/global_config.yaml";

INSTANTIATE_TEST_SUITE_P(
    Files, LongWeaveMalformedTest,
    testing::Values(
        Malformed{"MissingField", "data/News_AP_Style/merged_output.json", nullptr,
                  R"([{"query": "q", "statements": [{"Category": "Punctuation",
                     "Reason_for_Deduction": "", "Correct_Expression": ""}]}, {}])",
                  "data/News_AP_Style/merged_output.json:1:32: [0].statements[0].Statement: is "
                  "missing, expected a text that is not blank"},
        Malformed{"WrongType", kSales, nullptr,
                  "{\"target_conclusions\": [\n {\"question\": 7, \"answer\": \"a\"}]}",
                  "data/excel2text/1k/sales_conclusions_000.json:2:15: "
                  "target_conclusions[0].question: expected a text that is not blank, found '7'"},
        Malformed{"WrongTypeOfNumber", kGlobal, "sample_num: 3", "sample_num: many",
                  "config/global_config.yaml:3:43: selected_tasks[0].args.sample_num: expected a "
                  "whole number from 1 to 100000, found 'many'"},
        Malformed{"DuplicateId", kGlobal, "AP_STYLE_WRITING/4k", "AP_STYLE_WRITING/1k",
                  "config/global_config.yaml:10:16: selected_tasks[4].task_path: "
                  "AP_STYLE_WRITING/1k stands here twice"},
        Malformed{"UnknownTask", kGlobal, "KG_TO_TEXT/1k", "KG_TO_TEXT/3k",
                  "config/global_config.yaml:4:16: selected_tasks[1].task_path: expected a task of "
                  "LongWeave and 1k, 2k, 4k or 8k, as GEN_KV_DICT/1k"},
        Malformed{"WrongEncoding", "data/code_fix/1k/file_001.py", nullptr, "x = '\xe9'\n",
                  "data/code_fix/1k/file_001.py:1: not valid UTF-8 (byte 5)"},
        Malformed{"OtherPrompts", "prompts/prompt_templates.json", "Role:** Biographer",
                  "Role:** Painter",
                  "prompts/prompt_templates.json: its texts are not those of commit 0065a527 "
                  "(another version of the benchmark?)"},
        Malformed{"NoPrompts", "prompts/prompt_templates.json", nullptr, "{\"kg2text_task\": 1}",
                  "prompts/prompt_templates.json: kg2text_task: expected a list"},
        Malformed{"OtherRubric", "rubric/AP_Style_Evaluation.json", "Oxford", "Cambridge",
                  "rubric/AP_Style_Evaluation.json: its SHA-256 is "
                  "286c4760067273c64fc38a9259df41158331711c5fc4d7d808656e65c6faf788, expected "
                  "a1600d05509aa24d4fd0c8cdb34d2129c6a08407f8119dc172886df3ba1bce7c (another "
                  "version of the "
                  "file?)"},
        Malformed{"NotJson", "data/paragraph_ordering_data.json", nullptr, "{\"1k\": [\n{]}",
                  "data/paragraph_ordering_data.json:2:2: not valid JSON: unexpected ']'; "
                  "expected string literal"},
        Malformed{"RaggedTriples",
                  "data/kg2text/kg2text_categorized/1k/triples/"
                  "00001_ambassador_shawn_hodge_triples.tsv",
                  nullptr, "Subject\tPredicate\tObject\na\tb\tc\nd\te\n",
                  "data/kg2text/kg2text_categorized/1k/triples/"
                  "00001_ambassador_shawn_hodge_triples.tsv: row 3: 2 cells, expected subject, "
                  "predicate and object"},
        Malformed{"RaggedTable", "data/excel2text/1k/sales_data_001.csv", nullptr, "a,b\n1,2\n3\n",
                  "data/excel2text/1k/sales_data_001.csv: row 3: 1 cells, expected 2"},
        Malformed{"NotYaml", kGlobal, "selected_tasks:", "selected_tasks: [",
                  "config/global_config.yaml:2:3: not valid YAML: illegal block entry"}),
    [](const testing::TestParamInfo<Malformed>& info) { return info.param.name; });

TEST_F(LongWeaveImportTest, TruncatedGzipAndEndlessLines) {
  const std::string file = from_.path() + "/data/paragraph_ordering_data.json";
  std::filesystem::remove(file);
  const gzFile zipped = gzopen((file + ".gz").c_str(), "wb");
  gzputs(zipped, Documents().c_str());
  gzclose(zipped);
  EXPECT_TRUE(Import().ok());
  std::filesystem::remove_all(to_.path() + "/longweave");
  std::filesystem::resize_file(file + ".gz", std::filesystem::file_size(file + ".gz") / 2);
  EXPECT_THAT(Problem(), HasSubstr("data/paragraph_ordering_data.json.gz: "));

  std::filesystem::remove(file + ".gz");
  from_.Write("data/paragraph_ordering_data.json", Documents());
  std::filesystem::resize_file(from_.path() + "/data/code_fix/1k/file_000.py",
                               std::uintmax_t{1} << 30);
  EXPECT_THAT(Problem(), HasSubstr("data/code_fix/1k/file_000.py: "));
}

TEST(LongWeaveRealDataTest, AllPublishedItemsByTheirPrompts) {
  if (!HasGolden("longweave")) GTEST_SKIP() << "no copy of LongWeave at " << Copy();
  const TempFolder to;
  const auto imported = ImportBenchmark("longweave", {Copy().string(), to.path(), false});
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(imported->size(), 1u);
  EXPECT_EQ((*imported)[0].samples, 1600);
  const absl::StatusOr<LoadedSuite> loaded = LoadSuite((*imported)[0].folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  std::map<std::string, std::string> prompts;
  for (const v1::Sample& sample : loaded->suite.samples()) {
    prompts[sample.id()] = Sha256Hex(sample.messages(1).content());
  }
  int checked = 0;
  for (const char* name : {"gen_kv_dict", "state_machine"}) {
    for (const Json& row :
         GoldenRows(Copy() / "golden" / (std::string(name) + ".items.jsonl.gz"))) {
      std::string id = row["sample_id"];
      id.replace(id.find('/'), 1, ".");
      ASSERT_EQ(prompts.count(id), 1u) << id;
      EXPECT_EQ(prompts[id], row["prompt_sha256"].get<std::string>()) << id;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 1600);
  const v1::SuiteManifest& manifest = loaded->suite.manifest();
  ASSERT_EQ(manifest.scorers_size(), 1);
  EXPECT_EQ(manifest.scorers(0).benchmark().name(), "longweave");
  EXPECT_THAT(manifest.description(), HasSubstr("not in this suite: CODE_FIXING/1k"));
  EXPECT_DOUBLE_EQ(manifest.sampling().temperature(), 0.7);
  EXPECT_DOUBLE_EQ(manifest.sampling().top_p(), 0.8);
  EXPECT_EQ(manifest.sampling().max_tokens(), 8192);
  std::cout << checked << " prompts\n";
}

TEST(MarkdownTableTest, AsPandasAndTabulate) {
  EXPECT_EQ(*longweave::MarkdownTable("\ufeffname,n,x,ok\nEMP014,9,24632.7,True\n"
                                      "\"a, \"\"b\"\"\",10,127000.0,False\n,+7,,TRUE\n",
                                      1000),
            "| name   |   n |        x | ok    |\n"
            "|:-------|----:|---------:|:------|\n"
            "| EMP014 |   9 |  24632.7 | True  |\n"
            "| a, \"b\" |  10 | 127000   | False |\n"
            "| nan    |   7 |    nan   | True  |");
  EXPECT_EQ(*longweave::MarkdownTable("a,b\r\nx,1\r\ny,2\r\nz,3\r\n", 2),
            "| a   |   b |\n|:----|----:|\n| x   |   1 |\n| y   |   2 |\n... (data truncated)");
  EXPECT_EQ(longweave::MarkdownTable("a,b\nTrue,x\n,y\n", 9).status().message(),
            "column a: a blank among True and False");
  EXPECT_EQ(longweave::MarkdownTable("a,b\n", 9).status().message(),
            "row 2: is missing, expected a header and rows");
}

}  // namespace
}  // namespace assay
