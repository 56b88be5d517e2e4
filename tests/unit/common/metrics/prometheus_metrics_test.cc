#include "common/metrics/prometheus_metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "common/metrics/metric_names.h"

namespace assay {
namespace {

using testing::HasSubstr;

// What an HTTP client gets from a port of this machine; empty when nothing answers.
std::string Scrape(int port) {
  const int socket_fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (::connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(socket_fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    char buffer[4096];
    ssize_t n = 0;
    while ((n = ::recv(socket_fd, buffer, sizeof buffer, 0)) > 0) {
      reply.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ::close(socket_fd);
  return reply;
}

TEST(PrometheusMetricsTest, ServesWhatWasCounted) {
  auto metrics = PrometheusMetrics::Serve(0);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  (*metrics)->GetGauge(metric::kUnits, {{"state", "queued"}, {"kind", "generate"}}).Set(7);
  (*metrics)->GetCounter(metric::kCalls, {{"endpoint", "a"}, {"class", "ok"}}).Add();
  (*metrics)->GetCounter(metric::kCalls, {{"endpoint", "a"}, {"class", "ok"}}).Add(2);
  (*metrics)->GetCounter(metric::kCalls, {{"endpoint", "b\"\n"}, {"class", "infra"}}).Add();
  Histogram& first_token = (*metrics)->GetHistogram(metric::kFirstToken, {{"endpoint", "a"}},
                                                    metric::FirstTokenBounds());
  first_token.Observe(0.2);
  first_token.Observe(1000);

  const std::string page = Scrape((*metrics)->port());
  EXPECT_THAT(page, HasSubstr("200 OK"));
  EXPECT_THAT(page, HasSubstr("# TYPE assay_calls_total counter"));
  EXPECT_THAT(page, HasSubstr("assay_calls_total{class=\"ok\",endpoint=\"a\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("endpoint=\"b\\\"\\n\"} 1\n")) << "hostile label values are escaped";
  EXPECT_THAT(page, HasSubstr("assay_units{kind=\"generate\",state=\"queued\"} 7\n"));
  EXPECT_THAT(page, HasSubstr("assay_first_token_seconds_bucket{endpoint=\"a\",le=\"0.25\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("assay_first_token_seconds_bucket{endpoint=\"a\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("assay_first_token_seconds_count{endpoint=\"a\"} 2\n"));
}

TEST(PrometheusMetricsTest, SameLabelsGiveTheSameHandle) {
  auto metrics = PrometheusMetrics::Serve(0);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  MetricRegistry& registry = **metrics;
  EXPECT_EQ(&registry.GetCounter(metric::kUnitAttempts, {{"class", "ok"}}),
            &registry.GetCounter(metric::kUnitAttempts, {{"class", "ok"}}));
  EXPECT_NE(&registry.GetCounter(metric::kUnitAttempts, {{"class", "ok"}}),
            &registry.GetCounter(metric::kUnitAttempts, {{"class", "infra"}}));
}

TEST(PrometheusMetricsTest, LabelsThatComeFromSpecsAreBounded) {
  auto metrics = PrometheusMetrics::Serve(0);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  for (int i = 0; i < 1000; ++i) {
    (*metrics)->GetGauge(metric::kEndpointLimit, {{"endpoint", "e" + std::to_string(i)}}).Set(i);
  }
  const std::string page = Scrape((*metrics)->port());
  EXPECT_THAT(page, HasSubstr("{endpoint=\"e63\"} 63\n"));
  EXPECT_THAT(page, testing::Not(HasSubstr("{endpoint=\"e64\"}")));
  EXPECT_THAT(page, HasSubstr("{endpoint=\"other\"} 999\n"));
}

TEST(PrometheusMetricsTest, LabelsOtherThanThoseOfTheFamilyAreABug) {
  auto metrics = PrometheusMetrics::Serve(0);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_DEATH((*metrics)->GetCounter(metric::kCalls, {{"model", "m"}}), "");
}

TEST(PrometheusMetricsTest, TakenPortIsAnError) {
  auto first = PrometheusMetrics::Serve(0);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = PrometheusMetrics::Serve((*first)->port());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("127.0.0.1:" + std::to_string((*first)->port())));
  EXPECT_EQ(PrometheusMetrics::Serve(70000).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PrometheusMetrics::Serve(-1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PrometheusMetricsTest, StopsServingWhenDestroyed) {
  auto metrics = PrometheusMetrics::Serve(0);
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  const int port = (*metrics)->port();
  metrics->reset();
  EXPECT_EQ(Scrape(port), "");
}

TEST(NoMetricsTest, TakesEverything) {
  NoMetrics().GetCounter(metric::kCalls, {}).Add();
  NoMetrics().GetGauge(metric::kUnits, {}).Set(1);
  NoMetrics().GetHistogram(metric::kInterTokenGap, {}, metric::InterTokenGapBounds()).Observe(1);
}

}  // namespace
}  // namespace assay
