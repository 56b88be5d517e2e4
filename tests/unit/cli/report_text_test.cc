#include "cli/report/html_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cli/report/bucket_means.h"

namespace assay {
namespace {

// RFC 4648, section 10.
TEST(Base64Test, KnownVectors) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xff\xfe\xfd"), "//79");
}

// The example of the policy's own specification (CSP 3, hash usage for elements).
TEST(PolicyHashTest, KnownVector) {
  EXPECT_EQ(PolicyHash("alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
}

TEST(HtmlLineTest, Escapes) {
  EXPECT_EQ(HtmlLine("<a href=\"x\" b='y'>&amp;"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(HtmlLine("a\nb"), "a\\x0ab");
  EXPECT_EQ(HtmlLine("\xE4\xB8\xAD"), "\xE4\xB8\xAD");
  EXPECT_EQ(HtmlLine(std::string(300, '<'), 10).find("<"), std::string::npos);
}

TEST(ScriptJsonTest, EscapesWhatAScriptElementReads) {
  EXPECT_EQ(ScriptJson("\"</script><!-- & \xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA\""),
            "\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\u2028\\u2029\xE2\x80\xAA\"");
  EXPECT_EQ(ScriptJson("\"\xE2\x80\""), "\"\xE2\x80\"");
}

TEST(FigureTest, HasUsefulDigits) {
  EXPECT_EQ(Figure(0), "0.000");
  EXPECT_EQ(Figure(0.98765), "0.988");
  EXPECT_EQ(Figure(0.9999), "1.00");
  EXPECT_EQ(Figure(87.4567), "87.46");
  EXPECT_EQ(Figure(-3.5), "-3.50");
  EXPECT_EQ(Figure(999.999), "1,000");
  EXPECT_EQ(Figure(12345.6), "12,346");
  EXPECT_EQ(Figure(std::nan("")), "n/a");
  EXPECT_EQ(Figure(std::numeric_limits<double>::infinity()), "n/a");
  EXPECT_EQ(Figure(1e300), "1.000e+300");
  EXPECT_EQ(Count(0), "0");
  EXPECT_EQ(Count(-1234567), "-1,234,567");
  EXPECT_EQ(Count(-123), "-123");
  EXPECT_EQ(Count(1000), "1,000");
}

TEST(NamesTest, AreShort) {
  EXPECT_EQ(OutcomeName(v1::OUTCOME_INFRA_LOST), "infra_lost");
  EXPECT_EQ(OutcomeName(v1::OUTCOME_UNSPECIFIED), "open");
  EXPECT_EQ(ErrorClassName(v1::ERROR_CLASS_TOO_SLOW), "too_slow");
  EXPECT_EQ(CompatName(v1::COMPAT_OFFICIAL), "official");
}

v1::SampleResult Result(const std::string& sample, int required, v1::Outcome generation,
                        v1::Outcome scoring, double score) {
  v1::SampleResult result;
  result.set_sample_id(sample);
  result.set_required_words(required);
  result.set_outcome(generation);
  v1::ScorerResult* scorer = result.add_scorers();
  scorer->set_scorer("length");
  scorer->set_outcome(scoring);
  if (scoring == v1::OUTCOME_SCORED) {
    v1::Score* added = scorer->add_scores();
    added->set_name("S_l");
    added->set_value(score);
  }
  return result;
}

TEST(LongBucketMeansTest, CountsWhatIsRequiredAndClustersRepeats) {
  const auto kGenerated = v1::OUTCOME_GENERATED;
  const auto kScored = v1::OUTCOME_SCORED;
  const std::vector<v1::SampleResult> results = {
      Result("a", 1999, kGenerated, kScored, 1000),
      Result("a", 2000, kGenerated, kScored, 10),
      Result("a", 2000, kGenerated, kScored, 20),  // a repeat
      Result("b", 3999, kGenerated, kScored, 40),
      Result("c", 3000, kGenerated, v1::OUTCOME_UNJUDGED, 0),
      Result("d", 3000, kGenerated, v1::OUTCOME_NOT_APPLICABLE, 0),  // not required
      Result("e", 3000, v1::OUTCOME_INFRA_LOST, v1::OUTCOME_NOT_APPLICABLE, 0),
      Result("f", 16000, kGenerated, kScored, 7),
  };
  std::vector<const v1::SampleResult*> pointers;
  for (const v1::SampleResult& result : results) pointers.push_back(&result);
  const auto means = LongBucketMeans(pointers, "length", "S_l");
  ASSERT_EQ(means.size(), 4u);
  EXPECT_EQ(means[0].label(), "[2K,4K)");
  const v1::MeanOf& first = means[0].value();
  EXPECT_EQ(first.judged(), 3);
  EXPECT_EQ(first.required(), 5);
  EXPECT_NEAR(first.mean(), 70.0 / 3, 1e-12);
  // Residual sums: a -16 2/3, b +16 2/3; SE = sqrt(2/1 * (2 * (50/3)^2)) / 3.
  EXPECT_NEAR(first.stderr(), std::sqrt(4 * (50.0 / 3) * (50.0 / 3)) / 3, 1e-12);
  EXPECT_EQ(means[1].value().required(), 0);
  EXPECT_EQ(means[3].value().judged(), 1);
  EXPECT_EQ(means[3].value().stderr(), 0);
}

}  // namespace
}  // namespace assay
