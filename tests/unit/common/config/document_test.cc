#include "common/config/document.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/status.h"

namespace assay {
namespace {

std::string YamlProblem(std::string_view text, const DocumentLimits& limits = {}) {
  const absl::StatusOr<ConfigNode> parsed = ParseYamlDocument(text, "f.yaml", limits);
  return parsed.ok() ? "accepted" : std::string(MessageOf(parsed.status()));
}

std::string JsonProblemOf(std::string_view text, const DocumentLimits& limits = {}) {
  const absl::StatusOr<ConfigNode> parsed = ParseJsonDocument(text, "f.json", limits);
  return parsed.ok() ? "accepted" : std::string(MessageOf(parsed.status()));
}

TEST(YamlDocumentTest, KnowsPlacesOrderAndQuotes) {
  const absl::StatusOr<ConfigNode> root =
      ParseYamlDocument("b: 1\na:\n  - \"1\"\n  - x: ~\n", "f.yaml");
  ASSERT_TRUE(root.ok()) << root.status();
  ASSERT_EQ(root->children.size(), 2u);
  EXPECT_EQ(root->children[0].key, "b");
  EXPECT_EQ(root->children[0].scalar, "1");
  EXPECT_FALSE(root->children[0].quoted);
  EXPECT_EQ(root->children[0].column, 4);
  const ConfigNode& quoted = FindNode(*root, "a[0]");
  EXPECT_TRUE(quoted.quoted);
  EXPECT_EQ(quoted.line, 3);
  EXPECT_EQ(quoted.column, 5);
  EXPECT_EQ(FindNode(*root, "a[1].x").kind, ConfigNode::Kind::kNull);
}

TEST(YamlDocumentTest, BlockScalarsAreText) {
  const absl::StatusOr<ConfigNode> root = ParseYamlDocument("a: |\n  12\n  b\n", "f.yaml");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->Find("a")->scalar, "12\nb\n");
  EXPECT_TRUE(root->Find("a")->quoted);
}

TEST(FindNodeTest, StopsAtTheDeepestNodeThatExists) {
  const absl::StatusOr<ConfigNode> root = ParseYamlDocument("a:\n  - b: {c: 1}\n", "f.yaml");
  ASSERT_TRUE(root.ok());
  bool exact = true;
  EXPECT_EQ(FindNode(*root, "a[0].b.d.e", &exact).Find("c")->scalar, "1");
  EXPECT_FALSE(exact);
  FindNode(*root, "a[0].b.c", &exact);
  EXPECT_TRUE(exact);
  FindNode(*root, "a[7]", &exact);
  EXPECT_FALSE(exact);
}

TEST(YamlDocumentTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(YamlProblem(""), "f.yaml:1:1: the document is empty");
  EXPECT_EQ(YamlProblem("# only a comment\n"), "f.yaml:1:1: the document is empty");
  EXPECT_EQ(YamlProblem("a: 1\n---\nb: 2\n"),
            "f.yaml: more than one document (---); one is expected");
  EXPECT_EQ(YamlProblem("a: 1\nb: 2\na: 3\n"),
            "f.yaml:3:1: key 'a' is here twice (first in line 1)");
  EXPECT_EQ(YamlProblem("a: &x 1\nb: *x\n"),
            "f.yaml:1:4: anchors (&name) are not supported; write the value out");
  EXPECT_EQ(YamlProblem("a: !!binary aGk=\n"), "f.yaml:1:4: tags (!name) are not supported");
  EXPECT_EQ(YamlProblem("? [a, b]\n: 1\n"), "f.yaml:1:3: a key must be a plain name");
  EXPECT_EQ(YamlProblem("a: [1, 2\n").substr(0, 9), "f.yaml:2:");
  EXPECT_EQ(YamlProblem("a: b: c\n"), "f.yaml:1:5: not valid YAML: illegal map value");
  EXPECT_EQ(YamlProblem("a:\n\t- b\n").substr(0, 9), "f.yaml:2:");
}

TEST(YamlDocumentTest, ChecksTheBytesFirst) {
  EXPECT_EQ(YamlProblem("\xFF\xFE"
                        "a"),
            "f.yaml: this is UTF-16; save the file as UTF-8");
  EXPECT_EQ(YamlProblem("a: 1\nb: \xE9t\xE9\n"), "f.yaml:2:4: not valid UTF-8 (byte 8)");
  EXPECT_EQ(YamlProblem(std::string_view("a: \0b", 5)), "f.yaml:1:4: a NUL byte");
  EXPECT_EQ(YamlProblem("\xEF\xBB\xBF"
                        "a: 1\n"),
            "accepted");
}

TEST(YamlDocumentTest, CapsSizeDepthAndCount) {
  const absl::StatusOr<ConfigNode> big =
      ParseYamlDocument(std::string(100, 'a'), "f.yaml", {.max_bytes = 99});
  EXPECT_EQ(big.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(YamlProblem(std::string(100, '[') + std::string(100, ']')),
            "f.yaml:1:65: nested deeper than 64 levels");
  EXPECT_NE(YamlProblem(std::string(10'000, '[')), "accepted");
  EXPECT_EQ(YamlProblem("[1, 2, 3, 4]", {.max_nodes = 4}), "f.yaml:1:11: more than 4 values");
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(YamlProblem(deep, {.max_bytes = std::size_t{16} << 20}).substr(0, 10), "f.yaml:65:");
}

TEST(JsonDocumentTest, KnowsPlacesAndKeepsNumbersAsWritten) {
  const absl::StatusOr<ConfigNode> root =
      ParseJsonDocument("{\"a\": [1.50, \"x\"],\n \"b\": null}", "f.json", {.first_line = 7});
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(FindNode(*root, "a[0]").scalar, "1.50");
  EXPECT_EQ(FindNode(*root, "a[0]").column, 8);
  EXPECT_EQ(FindNode(*root, "a[0]").line, 7);
  EXPECT_TRUE(FindNode(*root, "a[1]").quoted);
  EXPECT_EQ(FindNode(*root, "b").line, 8);
  EXPECT_EQ(FindNode(*root, "b").kind, ConfigNode::Kind::kNull);
}

TEST(JsonDocumentTest, RefusesWhatIsNotStrictJson) {
  EXPECT_EQ(JsonProblemOf(" "), "f.json:1:1: the document is empty");
  EXPECT_EQ(JsonProblemOf("{\"a\":1,\n\"a\":2}"),
            "f.json:2:1: key 'a' is here twice (first in line 1)");
  EXPECT_EQ(JsonProblemOf("{\"a\":\"\\u0000\"}"), "f.json:1:6: U+0000 is not allowed in a text");
  EXPECT_EQ(JsonProblemOf("{\"a\":1} {").substr(0, 12), "f.json:1:9: ");
  EXPECT_EQ(JsonProblemOf("{\"a\":1,}").substr(0, 12), "f.json:1:8: ");
  EXPECT_EQ(JsonProblemOf(std::string(10'000, '[')), "f.json:1:65: nested deeper than 64 levels");
}

TEST(ParseDocumentTest, GoesByTheFileName) {
  EXPECT_TRUE(ParseDocument("a: 1", "x.yaml").ok());
  EXPECT_FALSE(ParseDocument("a: 1", "x.json").ok());
}

}  // namespace
}  // namespace assay
