// promtool, and a real prometheus that a test asks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/json/json.h"
#include "tests/integration/metrics/local_daemon.h"

namespace assay {

inline constexpr auto kPatience = std::chrono::seconds(30);
inline constexpr auto kPollInterval = std::chrono::milliseconds(50);

// Gives up early when `hopeless`.
inline bool Eventually(
    const std::function<bool()>& condition,
    const std::function<bool()>& hopeless = [] { return false; }) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (hopeless() || std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

inline std::string SourceFile(const std::string& path) {
  return FileText(std::filesystem::path(ASSAY_SOURCE_DIR) / path);
}

inline bool HasPromtool() {
  return std::system("command -v promtool prometheus >/dev/null 2>&1") == 0;
}

#define SKIP_WITHOUT_PROMETHEUS() \
  if (!HasPromtool()) GTEST_SKIP() << "no prometheus and promtool here (Debian: prometheus)"

struct ToolEnd {
  bool ok = false;
  std::string output;
};

// A command of the shell in deploy/prometheus.
inline ToolEnd InDeploy(const std::string& command, const std::filesystem::path& scratch) {
  const std::filesystem::path output = scratch / "tool.txt";
  const std::string line = "cd '" ASSAY_SOURCE_DIR "/deploy/prometheus' && " + command + " >'" +
                           output.string() + "' 2>&1";
  const bool ok = std::system(line.c_str()) == 0;
  return {ok, FileText(output)};
}

// prometheus with a folder and a port of its own.
class PrometheusServer {
 public:
  // Role and port of each. The same role may come several times.
  PrometheusServer(const std::filesystem::path& folder,
                   const std::vector<std::pair<std::string, int>>& targets)
      : log_(folder / "prometheus.log") {
    const std::filesystem::path config = folder / "prometheus.yaml";
    std::ofstream out(config);
    out << "global: {scrape_interval: 200ms, evaluation_interval: 200ms}\n"
        << "rule_files: ['" ASSAY_SOURCE_DIR "/deploy/prometheus/rules.yaml']\n"
        << "scrape_configs:\n  - job_name: assay\n    static_configs:\n";
    int highest = 0;
    for (const auto& [role, port] : targets) {
      out << "      - {targets: ['127.0.0.1:" << port << "'], labels: {role: " << role << "}}\n";
      highest = std::max(highest, port);
    }
    out.close();
    port_ = FreeLowPort(highest < 32000 ? highest : 0);
    server_ = std::make_unique<LocalDaemon>(
        std::vector<std::string>{"prometheus", "--config.file=" + config.string(),
                                 "--storage.tsdb.path=" + (folder / "data").string(),
                                 "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        log_);
  }

  // The one value of a query; -1 when there is none yet.
  double Query(const std::string& query) {
    const auto reply = ParseJson(LoopbackGet(port_, "/api/v1/query?query=" + Escaped(query)));
    if (!reply.ok() || (*reply)["status"] != "success") return -1;
    const Json& result = (*reply)["data"]["result"];
    if (result.size() != 1) return -1;
    return std::stod(result[0]["value"][1].get<std::string>());
  }

  std::string Log() const { return FileText(log_); }

 private:
  static std::string Escaped(const std::string& query) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : query) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0) {
        escaped += c;
      } else {
        escaped += {'%', kDigits[byte / 16], kDigits[byte % 16]};
      }
    }
    return escaped;
  }

  std::filesystem::path log_;
  int port_ = 0;
  std::unique_ptr<LocalDaemon> server_;
};

}  // namespace assay
