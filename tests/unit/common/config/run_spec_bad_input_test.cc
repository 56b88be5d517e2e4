// Bad specs (reliability.md 5.1): each message in full, since it is what the user sees.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "common/base/status.h"
#include "common/config/run_spec.h"

namespace assay {
namespace {

// A complete spec, one block a line, in which a test replaces lines by their key.
std::string SpecWith(std::string_view lines) {
  std::string spec;
  const auto given = [lines](std::string_view key) {
    return lines.substr(0, key.size()) == key ||
           lines.find("\n" + std::string(key)) != std::string_view::npos;
  };
  for (const auto& [key, rest] :
       {std::pair<std::string_view, std::string_view>{"suites:", " [{name: starter}]\n"},
        {"endpoints:", " [{id: e, base_url: 'http://h:1/v1'}]\n"},
        {"models:", " [{model: m}]\n"}}) {
    if (!given(key)) spec += std::string(key) + std::string(rest);
  }
  return std::string(lines) + "\n" + spec;
}

struct BadSpec {
  std::string lines;
  std::string message;
};

void PrintTo(const BadSpec& bad, std::ostream* out) { *out << bad.lines.substr(0, 100); }

class BadSpecTest : public testing::TestWithParam<BadSpec> {};

TEST_P(BadSpecTest, IsRefusedWithPlaceFieldAndExpectation) {
  const absl::StatusOr<v1::RunSpec> spec = ParseRunSpec(SpecWith(GetParam().lines), "s.yaml");
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MessageOf(spec.status()), GetParam().message);
}

const char kModelNames[] =
    "must be of at most 256 letters, digits, spaces and any of /:._-@+=,()[]#~%, is ";
const char kId[] = "must be of letters, digits, '-', '_' and '.', at most 64, is ";

std::vector<BadSpec> Sampling() {
  const auto sampling = [](const std::string& field) {
    return "models: [{model: m, sampling: {" + field + "}}]";
  };
  const std::string at = "s.yaml:1:";
  return {
      {sampling("max_tokens: 0"),
       at + "44: models[0].sampling.max_tokens: must be from 1 to 1048576, is 0"},
      {sampling("max_tokens: -1"),
       at + "44: models[0].sampling.max_tokens: must be from 1 to 1048576, is -1"},
      {sampling("max_tokens: 1000000000"),
       at + "44: models[0].sampling.max_tokens: must be from 1 to 1048576, is 1000000000"},
      {sampling("max_tokens: 1.5"),
       at + "44: models[0].sampling.max_tokens: expected a whole number, found '1.5'"},
      {sampling("max_tokens: '4096'"),
       at + "44: models[0].sampling.max_tokens: expected a whole number, found text '4096'"},
      {sampling("max_tokens: null"),
       at + "44: models[0].sampling.max_tokens: expected a whole number, found nothing (null)"},
      {sampling("max_tokens: NaN"),
       at + "44: models[0].sampling.max_tokens: expected a whole number, found 'NaN'"},
      {sampling("temperature: -0.1"),
       at + "45: models[0].sampling.temperature: must be from 0 to 2, is -0.1"},
      {sampling("temperature: 1e308"),
       at + "45: models[0].sampling.temperature: must be from 0 to 2, is "
            "100000000000000001097906..."},
      {sampling("temperature: Infinity"),
       at + "45: models[0].sampling.temperature: expected a finite number, found 'Infinity'"},
      {sampling("top_p: 1.01"), at + "39: models[0].sampling.top_p: must be from 0 to 1, is 1.01"},
      {sampling("top_k: 0"), at + "39: models[0].sampling.top_k: must be -1 or at least 1, is 0"},
      {sampling("seed: -1"), at + "38: models[0].sampling.seed: must not be negative, is -1"},
      {sampling("seed: 1.0"),
       at + "38: models[0].sampling.seed: expected a whole number, found '1.0'"},
      {sampling("stop: [a, b, c, d, e]"),
       at + "38: models[0].sampling.stop: at most 4 stop sequences, are 5"},
      {sampling("stop: ['']"), at + "39: models[0].sampling.stop[0]: must not be empty"},
      {sampling("extra_body: {n: 5, stream: false, echo: true, logprobs: 3}"),
       at +
           "48: models[0].sampling.extra_body.n: this request field is not allowed; docs/spec.md "
           "lists those that are\n" +
           at +
           "59: models[0].sampling.extra_body.stream: this request field is not allowed; "
           "docs/spec.md lists those that are\n" +
           at +
           "72: models[0].sampling.extra_body.echo: this request field is not allowed; "
           "docs/spec.md lists those that are\n" +
           at +
           "88: models[0].sampling.extra_body.logprobs: this request field is not allowed; "
           "docs/spec.md lists those that are"},
      {sampling("extra_body: {min_p: low}"),
       at + "52: models[0].sampling.extra_body.min_p: expected a number"},
  };
}

std::vector<BadSpec> Names() {
  const std::string model = "s.yaml:1:18: models[0].model: " + std::string(kModelNames);
  return {
      {"models: [{model: \"a\\nb\"}]", model + "'a\\x0ab'"},
      {"models: [{model: '\"><script>'}]", model + "'\"><script>'"},
      {"models: [{model: \"a\u202Eb\"}]", model + "'a\\xe2\\x80\\xaeb'"},
      {"models: [{model: '" + std::string(10000, 'm') + "'}]",
       model + "'" + std::string(80, 'm') + "...'"},
      {"models: [{id: x}]",
       "s.yaml:1:10: models[0].model: is missing: the name that the server knows the model by"},
      {"models: [{model: GPT}, {model: gpt}]",
       "s.yaml:1:24: models[1]: model 'gpt' is there already (models[0]); give each an id of its "
       "own, differing in more than case"},
      {"models: [{id: a, model: m}, {id: b, model: m}]",
       "s.yaml:1:29: models[1]: is the same as models[0]; use repeats to generate more than once"},
      {"models: []", "s.yaml:1:9: models: at least one model is needed"},
      {"suites: []", "s.yaml:1:9: suites: at least one suite is needed, such as - name: starter"},
      {"suites: [{}]", "s.yaml:1:10: suites[0]: needs a name (such as starter) or a path"},
      {"suites: [{name: a, path: b}]",
       "s.yaml:1:10: suites[0]: only one of name and path may be given"},
      {"suites: [{name: ../etc}]", "s.yaml:1:17: suites[0].name: " + std::string(kId) + "'../etc'"},
      {"suites: [{name: a}, {name: a}]",
       "s.yaml:1:21: suites[1]: suite 'a' is there already (suites[0]); give each an id of its "
       "own, differing in more than case"},
      {"suites: [{name: a, limit: ten}]",
       "s.yaml:1:27: suites[0].limit: expected a number of samples (10), a share (0.1) or a range "
       "(10-20), found 'ten'"},
      {"suites: [{name: a, limit: 0}]",
       "s.yaml:1:27: suites[0].limit: at least one sample is needed, found '0'"},
      {"labels: {'a b': c}",
       "s.yaml:1:9: labels: a label's name must be of letters, digits, '-', '_' and '.', at most "
       "64, is 'a b'"},
      {"name: \"a\\eb\"", "s.yaml:1:7: name: must be one line of at most 128 bytes"},
  };
}

std::vector<BadSpec> Endpoints() {
  const auto url = [](const std::string& value) {
    return "endpoints: [{base_url: '" + value + "'}]";
  };
  const std::string at = "s.yaml:1:24: endpoints[0].base_url: ";
  return {
      {"endpoints: [{id: e}]",
       "s.yaml:1:13: endpoints[0].base_url: is missing: the server's URL, such as "
       "http://localhost:8000/v1"},
      {url("localhost:8000"), at + "must begin with http:// or https://, is 'localhost:8000'"},
      {url("ftp://h/"), at + "must begin with http:// or https://, is 'ftp://h/'"},
      {url("file:///etc/passwd"),
       at + "must begin with http:// or https://, is 'file:///etc/passwd'"},
      {url("http://me:pw@h/"),
       at + "must not hold a user name or password; name the key in api_key_env"},
      {url("http://"), at + "has no host: 'http://'"},
      {url("http://h:99999/"), at + "the port must be from 1 to 65535: 'http://h:99999/'"},
      {url("http://h h/"), at + "must be of printable ASCII without spaces"},
      {url("http://h/#x"), at + "must not have a fragment (#): 'http://h/#x'"},
      {url("http://h\\x/"), at + "not a host name: 'http://h\\x/'"},
      {url("${NONE}"), at + "the environment variable 'NONE' is not set"},
      {"endpoints: [{base_url: 'http://h/', api_key_env: 'my key'}]",
       "s.yaml:1:50: endpoints[0].api_key_env: must be the name of an environment variable, such "
       "as "
       "OPENAI_API_KEY (not the key)"},
      {"endpoints: [{base_url: 'http://h/', api_key_env: A, api_key_file: b}]",
       "s.yaml:1:67: endpoints[0].api_key_file: only one of api_key_env and api_key_file may be "
       "given"},
      {"endpoints: [{base_url: 'http://h/', max_in_flight: 0}]",
       "s.yaml:1:52: endpoints[0].max_in_flight: must be from 1 to 65536, is 0"},
      {"endpoints: [{base_url: 'http://h/', tokens_per_minute: -1}]",
       "s.yaml:1:56: endpoints[0].tokens_per_minute: must be from 1 to 1000000000000, is -1"},
      {"endpoints: [{base_url: 'http://h/', requests_per_minute: 0}]",
       "s.yaml:1:58: endpoints[0].requests_per_minute: must be from 1 to 10000000, is 0"},
      {"weight: 101", "s.yaml:1:9: weight: must be from 1 to 100, is 101"},
      {"endpoints: [{base_url: 'http://h/', deadlines: {stall_timeout_s: -1}}]",
       "s.yaml:1:66: endpoints[0].deadlines.stall_timeout_s: must be more than 0 to 604800 "
       "seconds"},
      {"endpoints: [{base_url: 'http://h/', price: {input_usd_per_mtok: -1}}]",
       "s.yaml:1:65: endpoints[0].price.input_usd_per_mtok: must be from 0 to 1000000"},
      {"endpoints: [{base_url: 'http://h/', context_tokens: 4096}]\n"
       "models: [{model: m, sampling: {max_tokens: 8192}}]",
       "s.yaml:2:44: models[0].sampling.max_tokens: must be less than the endpoint's "
       "context_tokens (4096), is 8192"},
      {"models: [{model: m, endpoint: f}]",
       "s.yaml:1:31: models[0].endpoint: there is no endpoint 'f'"},
      {"models: [{model: m, endpoint: 'http://h/'}]",
       "s.yaml:1:31: models[0].endpoint: must be the id of one of the endpoints, not a URL"},
      {"endpoints: [{id: a, base_url: 'http://h/'}, {id: b, base_url: 'http://h/'}]",
       "s.yaml:3:10: models[0].endpoint: is missing (needed when there is more than one endpoint)"},
      {"endpoints: [{id: a, base_url: 'http://h/'}, {id: A, base_url: 'http://g/'}]\n"
       "models: [{model: m, endpoint: a}]",
       "s.yaml:1:50: endpoints[1].id: endpoint 'A' is there already (endpoints[0].id); give each "
       "an "
       "id of its own, differing in more than case"},
  };
}

std::vector<BadSpec> JudgesAndScorers() {
  return {
      {"judges: [{model: m}]",
       "s.yaml:1:10: judges[0]: judge 'm' is one of the models under test; set allow_self_judge: "
       "true if that is meant"},
      {"scorers: [{rubric: {}}]",
       "s.yaml:1:11: scorers[0]: needs a judge, and the spec has none; add judges: with a model"},
      {"judges: [{model: gpt-j}, {model: k}]\nscorers: [{rubric: {}, judge: gpt-k}]",
       "s.yaml:2:31: scorers[0].judge: there is no judge 'gpt-k'; did you mean gpt-j?"},
      {"judges: [{model: j}, {model: k}]\nscorers: [{rubric: {}}]",
       "s.yaml:2:11: scorers[0].judge: is missing (needed when there is more than one judge)"},
      {"judges: [{model: j}]\nscorers: [{length: {}, judge: j}]",
       "s.yaml:2:31: scorers[0].judge: this type of scorer asks no judge; remove the line"},
      {"scorers: [{id: x}]",
       "s.yaml:1:11: scorers[0]: has no type; add one of length: {}, repetition: {}, coherence: "
       "{}, "
       "constraints: {}, factual_coverage: {}, rubric: "
       "{preset: general}"},
      {"scorers: [{length: {}}, {length: {}}]",
       "s.yaml:1:25: scorers[1]: scorer 'length' is there already (scorers[0]); give each an id of "
       "its own, differing in more than case"},
      {"scorers: [{length: {counting: nltk}}]",
       "s.yaml:1:31: scorers[0].length.counting: expected longbench_write, found 'nltk'"},
      {"scorers: [{repetition: {ngram: 1}}]",
       "s.yaml:1:32: scorers[0].repetition.ngram: must be from 2 to 1000, is 1"},
      {"judges: [{model: j}]\nscorers: [{rubric: {scale_min: 5, scale_max: 1}}]",
       "s.yaml:2:32: scorers[0].rubric.scale_min: must be less than scale_max (1), is 5"},
      {"judges: [{model: j}]\nscorers: [{rubric: {method: grades}}]",
       "s.yaml:2:29: scorers[0].rubric.method: expected dimensions, checklist, weighted, points or "
       "relative, found 'grades'"},
      {"judges: [{model: j}]\nscorers: [{rubric: {max_tries: 0}}]",
       "s.yaml:2:32: scorers[0].rubric.max_tries: must be from 1 to 20, is 0"},
      {"judges: [{model: j}]\nscorers: [{rubric: {prompt: a, prompt_file: b}}]",
       "s.yaml:2:45: scorers[0].rubric.prompt_file: only one of prompt and prompt_file may be "
       "given"},
      {"judges: [{model: j}]\nscorers: [{rubric: {dimensions: [{name: a}, {name: a}]}}]",
       "s.yaml:2:52: scorers[0].rubric.dimensions[1].name: 'a' is here twice"},
      {"repeats: 10000", "s.yaml:1:10: repeats: must be from 1 to 100, is 10000"},
      {"repeats: 0", "s.yaml:1:10: repeats: must be from 1 to 100, is 0"},
      {"seed: -1", "s.yaml:1:7: seed: must not be negative"},
      {"retry: {infra_attempts: 0}",
       "s.yaml:1:25: retry.infra_attempts: must be from 1 to 100, is 0"},
      {"retry: {backoff_initial_s: 10, backoff_max_s: 2}",
       "s.yaml:1:47: retry.backoff_max_s: must not be less than backoff_initial_s"},
      {"models: [{model: m, strategy: {nome: plan}}]",
       "s.yaml:1:32: models[0].strategy.nome: unknown field; did you mean name?"},
  };
}

std::vector<BadSpec> Secrets() {
  const std::string what =
      "looks like an API key; keys never stand in a spec: name an environment variable in "
      "api_key_env, and make a new key if this file was shared";
  return {
      {"name: sk-abcdEFGH1234567890abcd", "s.yaml:1:7: name: " + what},
      {"models: [{model: m, sampling: {extra_body: {provider: {k: 'Bearer abcDEF1234567'}}}}]",
       "s.yaml:1:59: models[0].sampling.extra_body.provider.k: " + what},
      {"endpoints: [{base_url: 'http://h/', api_key_env: sk-abcdEFGH1234567890abcd}]",
       "s.yaml:1:50: endpoints[0].api_key_env: " + what},
      {"endpoints: [{base_url: 'http://h/?k=hf_AbCdEfGhIjKlMnOpQrStUvWx'}]",
       "s.yaml:1:24: endpoints[0].base_url: " + what},
  };
}

INSTANTIATE_TEST_SUITE_P(Sampling, BadSpecTest, testing::ValuesIn(Sampling()));
INSTANTIATE_TEST_SUITE_P(Names, BadSpecTest, testing::ValuesIn(Names()));
INSTANTIATE_TEST_SUITE_P(Endpoints, BadSpecTest, testing::ValuesIn(Endpoints()));
INSTANTIATE_TEST_SUITE_P(JudgesAndScorers, BadSpecTest, testing::ValuesIn(JudgesAndScorers()));
INSTANTIATE_TEST_SUITE_P(Secrets, BadSpecTest, testing::ValuesIn(Secrets()));

TEST(RunSpecSecretsTest, AKeyIsNeverShown) {
  const std::string key = "sk-abcdEFGH1234567890abcd";
  for (const std::string& lines :
       {"repeats: '" + key + "'", "models: ['" + key + "']", "compat: " + key, key + ": 1",
        "endpoints: [{base_url: '" + key + "', max_tokens_field: " + key + "}]",
        "suites: [{name: s, limit: " + key + "}]"}) {
    const absl::StatusOr<v1::RunSpec> spec = ParseRunSpec(SpecWith(lines), "s.yaml");
    ASSERT_FALSE(spec.ok()) << lines;
    EXPECT_EQ(MessageOf(spec.status()).find(key), std::string_view::npos) << spec.status();
  }
}

TEST(RunSpecLimitsTest, TooLargeIsNoticedBeforeParsing) {
  const absl::StatusOr<v1::RunSpec> spec =
      ParseRunSpec(std::string((std::size_t{1} << 20) + 1, '['), "s.yaml");
  EXPECT_EQ(spec.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MessageOf(spec.status()), "s.yaml: longer than 1048576 bytes");
}

TEST(RunSpecLimitsTest, AFileFullOfMistakesIsAnsweredInReasonableTime) {
  std::string models = "models:\n";
  for (int i = 0; i < 15'000; ++i) models += "  - {model: '<', endpoint: f, x: 1}\n";
  const absl::StatusOr<v1::RunSpec> spec = ParseRunSpec(SpecWith(models), "s.yaml");
  const std::string message(MessageOf(spec.status()));
  EXPECT_EQ(message.substr(message.rfind('\n')), "\n... and 14981 more");
  for (const std::string_view piece :
       {"[", "{", "- ", "? ", "&a ", "*a ", "\"", "a: ", "|\n", "#"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_FALSE(ParseRunSpec(text, "s.yaml").ok()) << piece;
    EXPECT_FALSE(ParseRunSpec(text, "s.json").ok()) << piece;
  }
}

TEST(RunSpecProblemsTest, AllAreReportedAtOnceAndConsequencesAreNot) {
  const absl::StatusOr<v1::RunSpec> spec = ParseRunSpec(
      "suites:\n  - nam: starter\nendpoints:\n  - id: e\n    base_url: ftp://x\n"
      "models:\n  - model: m\n    endpoint: f\n    sampling: {temperature: 3}\nrepeats: x\n",
      "s.yaml");
  EXPECT_EQ(MessageOf(spec.status()),
            "s.yaml:2:5: suites[0].nam: unknown field; did you mean name?\n"
            "s.yaml:5:15: endpoints[0].base_url: must begin with http:// or https://, is "
            "'ftp://x'\n"
            "s.yaml:9:29: models[0].sampling.temperature: must be from 0 to 2, is 3\n"
            "s.yaml:10:10: repeats: expected a whole number, found 'x'");
}

}  // namespace
}  // namespace assay
