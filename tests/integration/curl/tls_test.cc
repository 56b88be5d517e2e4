// Certificates: one that nobody vouches for ends the call before the key is sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/integration/curl/chat_harness.h"

namespace assay {
namespace {

using testing::HasSubstr;

// `openssl s_server` with a certificate of its own for "localhost".
class TlsServer {
 public:
  TlsServer() {
    const std::string base = testing::TempDir() + "/assay_tls_" + std::to_string(getpid());
    certificate_ = base + ".pem";
    const std::string make =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout " +
        certificate_ + ".key -out " + certificate_ + " >/dev/null 2>&1";
    if (std::system(make.c_str()) != 0) return;
    int output[2];
    if (pipe(output) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
             certificate_.c_str(), "-key", (certificate_ + ".key").c_str(), "-www", nullptr);
      _exit(127);
    }
    close(output[1]);
    const std::unique_ptr<FILE, int (*)(FILE*)> lines(fdopen(output[0], "r"), fclose);
    char line[256];
    while (port_ == 0 && std::fgets(line, sizeof(line), lines.get()) != nullptr) {
      std::sscanf(line, "ACCEPT 127.0.0.1:%d", &port_);
    }
  }

  ~TlsServer() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    unlink(certificate_.c_str());
    unlink((certificate_ + ".key").c_str());
  }

  bool running() const { return port_ != 0; }
  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(port_);
  }
  const std::string& certificate() const { return certificate_; }

 private:
  std::string certificate_;
  pid_t child_ = -1;
  int port_ = 0;
};

TEST(TlsTest, ACertificateMustBeVouchedForAndName) {
  TlsServer server;
  if (!server.running()) GTEST_SKIP() << "needs the openssl command";
  {
    ChatHarness chat(server.url("localhost"));
    const v1::Error error = chat.Error();
    EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_INFRA);
    EXPECT_THAT(error.message(), HasSubstr("TLS: "));
  }
  {
    ChatHarness chat(server.url("127.0.0.1"), {.ca_file = server.certificate()});
    const v1::Error error = chat.Error();
    EXPECT_EQ(error.error_class(), v1::ERROR_CLASS_INFRA);
    EXPECT_THAT(error.message(), HasSubstr("TLS: "));
  }
  {
    // The handshake succeeds; what this server answers to a POST is no chat reply.
    ChatHarness chat(server.url("localhost"), {.ca_file = server.certificate()});
    EXPECT_THAT(chat.Error().message(), testing::Not(HasSubstr("TLS: ")));
  }
}

}  // namespace
}  // namespace assay
