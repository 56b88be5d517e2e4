#include "common/llm/endpoint_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/llm/deadlines.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EndpointUrlTest, JoinsRootsAndFullPaths) {
  for (const char* base :
       {"http://h:8000", "http://h:8000/", "http://h:8000/v1", "http://h:8000/v1///",
        "HTTP://h:8000/v1/chat/completions", "http://h:8000/v1/completions/"}) {
    EXPECT_EQ(*EndpointUrl(base, false), "http://h:8000/v1/chat/completions") << base;
    EXPECT_EQ(*EndpointUrl(base, true), "http://h:8000/v1/completions") << base;
  }
  EXPECT_EQ(*EndpointUrl("https://h/api/openai", false), "https://h/api/openai/chat/completions");
  EXPECT_EQ(*EndpointUrl("https://[::1]:8/v1", false), "https://[::1]:8/v1/chat/completions");
  EXPECT_EQ(*EndpointUrl("https://h/deploy/x/chat/completions?api-version=1", false),
            "https://h/deploy/x/chat/completions?api-version=1");
  EXPECT_EQ(*EndpointUrl("https://h?a=b", false), "https://h/v1/chat/completions?a=b");
}

TEST(EndpointUrlTest, RefusesOtherUrls) {
  for (const char* base :
       {"", "h:8000", "ftp://h/v1", "file:///etc/passwd", "http://", "http:///v1", "http://h:0/v1",
        "http://h:99999", "http://h:x", "http://:80", "http://h/ v1", "http://h/v1\n",
        "http://h/#a", "http://[::1", "http://::1/", "gopher://h"}) {
    EXPECT_EQ(EndpointUrl(base, false).status().code(), absl::StatusCode::kInvalidArgument) << base;
  }
}

TEST(EndpointUrlTest, NeverRepeatsCredentials) {
  const absl::Status status = EndpointUrl("https://user:hunter2@h/v1", false).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("api_key_env"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
}

TEST(DeadlinesTest, HasDefaultsAndTakesWhatIsSet) {
  v1::Endpoint endpoint;
  CallDeadlines deadlines = DeadlinesOf(endpoint, 1000);
  EXPECT_EQ(deadlines.connect, absl::Seconds(5));
  EXPECT_EQ(deadlines.first_token, absl::Seconds(120));
  EXPECT_EQ(deadlines.stall, absl::Seconds(60));
  EXPECT_EQ(deadlines.wall, absl::Seconds(600));
  EXPECT_EQ(DeadlinesOf(endpoint, 32768).wall, absl::Seconds(4915.2));
  EXPECT_EQ(DeadlinesOf(endpoint, 0).wall, absl::Seconds(4915.2));
  endpoint.mutable_deadlines()->set_wall_timeout_s(2);
  endpoint.mutable_deadlines()->set_stall_timeout_s(0.5);
  deadlines = DeadlinesOf(endpoint, 32768);
  EXPECT_EQ(deadlines.wall, absl::Seconds(2));
  EXPECT_EQ(deadlines.stall, absl::Milliseconds(500));
}

}  // namespace
}  // namespace assay
