#include "tests/rig/fault_proxy.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

#include "tests/fakes/raw_server.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

const std::string kAnswer = HttpReply(200, "", std::string(1000, 'a'));

std::string Asked(int number) {
  return "GET /" + std::to_string(number) + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
}

class Client {
 public:
  explicit Client(const FaultProxy& proxy) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const std::string& at = proxy.address();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(at.substr(at.find(':') + 1))));
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Ask(int number) {
    const std::string bytes = Asked(number);
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
  }
  // As many bytes as `size`, fewer when the connection ends.
  std::string Read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::recv(fd_, bytes.data() + have, size - have, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }

 private:
  int fd_;
};

RawServer::Script Answers() {
  return [](int, const std::string&) { return RawReply{{kAnswer}, RawReply::End::kKeepAlive, ""}; };
}

class FaultProxyTest : public ::testing::Test {
 protected:
  int Times(int number) const {
    const auto requests = server_.requests();
    return static_cast<int>(std::count_if(requests.begin(), requests.end(), [&](const auto& r) {
      return r.find("GET /" + std::to_string(number) + " ") != std::string::npos;
    }));
  }
  void WaitForDropped(std::int64_t bytes) {
    while (proxy_.dropped_bytes() < bytes) ::poll(nullptr, 0, 1);
  }

  RawServer server_{Answers()};
  FaultProxy proxy_{"127.0.0.1:" + std::to_string(server_.port()), 1};
};

TEST_F(FaultProxyTest, PassesBothWays) {
  Client client(proxy_);
  for (int i = 0; i < 3; ++i) {
    client.Ask(i);
    EXPECT_EQ(client.Read(kAnswer.size()), kAnswer);
  }
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_EQ(proxy_.cuts(), 0);
  EXPECT_EQ(proxy_.repeated_bytes(), 0);
}

TEST_F(FaultProxyTest, ARequestThatIsDroppedNeverArrives) {
  Client client(proxy_);
  client.Ask(0);
  client.Read(kAnswer.size());
  proxy_.DropRequests(true);
  client.Ask(1);
  WaitForDropped(std::ssize(Asked(1)));
  proxy_.DropRequests(false);
  EXPECT_EQ(client.Read(1), "") << "a stream with a hole goes on";
  Client next(proxy_);
  next.Ask(2);
  EXPECT_EQ(next.Read(kAnswer.size()), kAnswer);
  EXPECT_EQ(Times(1), 0);
}

TEST_F(FaultProxyTest, AReplyThatIsDroppedHasHadItsEffect) {
  Client client(proxy_);
  proxy_.DropReplies(true);
  client.Ask(0);
  WaitForDropped(std::ssize(kAnswer));
  EXPECT_EQ(Times(0), 1);
  proxy_.DropReplies(false);
  EXPECT_EQ(client.Read(1), "");
}

TEST_F(FaultProxyTest, AReplyThatIsCutHasHadItsEffect) {
  proxy_.CutRepliesAfter(500);
  Client client(proxy_);
  client.Ask(0);
  EXPECT_LT(client.Read(kAnswer.size()).size(), kAnswer.size());
  EXPECT_EQ(Times(0), 1);
  EXPECT_EQ(proxy_.cuts(), 1);
}

TEST_F(FaultProxyTest, HoldsBytesForASeededWhileInTheirOrder) {
  proxy_.DelayUpTo(milliseconds(40));
  const auto begun = Clock::now();
  Client client(proxy_);
  for (int i = 0; i < 8; ++i) {
    client.Ask(i);
    EXPECT_EQ(client.Read(kAnswer.size()), kAnswer);
  }
  // Sixteen whiles of 20 ms in the mean; less than 80 ms in all has a chance below 1e-6.
  EXPECT_GT(Clock::now() - begun, milliseconds(80));
  const auto requests = server_.requests();
  for (int i = 0; i < 8; ++i) {
    EXPECT_THAT(requests[static_cast<std::size_t>(i)],
                ::testing::HasSubstr("GET /" + std::to_string(i)));
  }
}

TEST_F(FaultProxyTest, RepeatsRequestsAndThrowsTheirAnswersAway) {
  proxy_.RepeatRequests(milliseconds(0));
  Client client(proxy_);
  for (int i = 0; i < 4; ++i) {
    client.Ask(i);
    EXPECT_EQ(client.Read(kAnswer.size()), kAnswer);
  }
  ASSERT_TRUE(server_.WaitForRequests(8));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Times(i), 2) << i;
  EXPECT_EQ(server_.connections(), 2);
  client.Ask(4);
  EXPECT_EQ(client.Read(kAnswer.size()), kAnswer) << "an answer too many came before";
}

TEST_F(FaultProxyTest, ARepeatedRequestMayComeAfterTheNextAndAfterItsConnection) {
  proxy_.RepeatRequests(milliseconds(400));
  {
    Client client(proxy_);
    client.Ask(0);
    client.Read(kAnswer.size());
    client.Ask(1);
    client.Read(kAnswer.size());
  }
  ASSERT_TRUE(server_.WaitForRequests(4));
  EXPECT_EQ(Times(0), 2);
  EXPECT_EQ(Times(1), 2);
  EXPECT_THAT(server_.requests()[1], ::testing::HasSubstr("GET /1")) << "nothing overtook anything";
  proxy_.RepeatRequests(FaultProxy::kNotDoubled);
  Client client(proxy_);
  client.Ask(2);
  client.Read(kAnswer.size());
  EXPECT_EQ(Times(2), 1);
}

}  // namespace
}  // namespace assay
