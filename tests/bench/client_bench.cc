// What a call costs the client: CPU time and memory, plain and streamed (design.md section 8). The
// server is a process of its own, so that only the client's CPU time is counted; wall times are
// those of a machine shared with it.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/http/curl_transport.h"
#include "common/llm/openai_chat_client.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/system_clock.h"
#include "tests/bench/bench_report.h"
#include "tests/bench/mock_llm.h"

namespace assay {
namespace {

double ProcessCpuSeconds() {
  rusage usage{};
  ASSAY_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double RssKib() {
  std::ifstream statm("/proc/self/statm");
  long size = 0;
  long resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

// A client as a process has it: one thread for I/O, this one as the core.
class Client {
 public:
  explicit Client(std::string url, bool stream) {
    endpoint_.set_id("mock");
    endpoint_.set_base_url(std::move(url));
    endpoint_.set_stream(stream);
    v1::LlmRequest request;
    request.set_model("mock");
    v1::Message* message = request.add_messages();
    message->set_role("user");
    for (int i = 0; i < 20; ++i) message->mutable_content()->append("Write a long story. ");
    request.mutable_sampling()->set_max_tokens(4096);
    body_ = *BuildRequestBody(request, endpoint_);
  }

  // Makes `calls` calls, `concurrency` at once.
  void Run(int calls, int concurrency) {
    to_start_ = calls;
    running_ = 0;
    for (int i = 0; i < concurrency; ++i) StartNext();
    core_.RunUntilStopped();
    ASSAY_CHECK(to_start_ == 0 && running_ == 0);
  }

  void StartNext() {
    if (to_start_ == 0) {
      if (running_ == 0) core_.Stop();
      return;
    }
    --to_start_;
    ++running_;
    LlmCall call;
    call.endpoint = endpoint_;
    call.body = body_;
    call.max_tokens = 4096;
    client_.Start(
        std::move(call), [](const LlmProgress&) {},
        [this](LlmResult result) {
          --running_;
          if (const v1::Error* error = std::get_if<v1::Error>(&result)) {
            std::fprintf(stderr, "a call failed: %s\n", error->ShortDebugString().c_str());
            std::exit(3);
          }
          text_bytes_ += std::get<v1::Reply>(result).text().size();
          StartNext();
        });
  }

  AsioExecutor& core() { return core_; }
  std::size_t text_bytes() const { return text_bytes_; }
  void SetToStart(int calls) { to_start_ = calls; }

 private:
  v1::Endpoint endpoint_;
  std::string body_;
  SystemClock clock_;
  AsioExecutor core_;
  CurlTransport transport_;
  ApiKeys keys_{[](const std::string&) { return std::nullopt; }};
  OpenAiChatClient client_{
      {.transport = &transport_, .executor = &core_, .clock = &clock_, .keys = &keys_}};
  int to_start_ = 0;
  int running_ = 0;
  std::size_t text_bytes_ = 0;
};

struct Measured {
  double cpu_ms = 0;  // per call
  double calls_per_s = 0;
  double rss_kib = 0;  // growth per 1,000 calls
};

Measured Measure(const std::string& url, bool stream, int calls, int concurrency) {
  Client client(url, stream);
  client.Run(std::max(concurrency, stream ? concurrency : 1000), concurrency);
  const double rss = RssKib();
  const double cpu = ProcessCpuSeconds();
  const double wall = SecondsOf([&] { client.Run(calls, concurrency); });
  ASSAY_CHECK(client.text_bytes() > 0);
  const double count = calls;
  return {(ProcessCpuSeconds() - cpu) * 1e3 / count, count / wall, (RssKib() - rss) * 1000 / count};
}

void BenchCalls(BenchReport& report, bool stream) {
  const std::string kind = stream ? "streamed, 100 events 10 ms apart" : "plain, 3 KB";
  for (int concurrency : {64, 256}) {
    const std::string name = kind + ", " + std::to_string(concurrency) + " at once";
    if (!report.options().Wants(name)) continue;
    MockLlm mock({.reply_bytes = 3072, .latency_ms = 0, .events = 100, .interval_ms = 10});
    const int calls = stream ? concurrency * 4 : 10'000;
    BenchFigure cpu{name + ": CPU per call", {}, "ms"};
    cpu.goal = AtMost(stream ? 1.5 : 0.10);
    cpu.baseline = stream ? 14 : 0.23;
    cpu.baseline_name = stream ? "openai SDK" : "lm-eval client";
    BenchFigure rate{name + ": rate", {}, "calls/s"};
    BenchFigure rss{name + ": RSS growth per 1,000 calls", {}, "KiB"};
    for (int run = 0; run < report.RunsOr(3); ++run) {
      const Measured measured = Measure(mock.url(), stream, calls, concurrency);
      cpu.runs.push_back(measured.cpu_ms);
      rate.runs.push_back(measured.calls_per_s);
      rss.runs.push_back(measured.rss_kib);
    }
    report.Add(std::move(cpu));
    report.Add(std::move(rate));
    report.Add(std::move(rss));
  }
}

void BenchManyStreams(BenchReport& report) {
  constexpr int kStreams = 2000;
  constexpr absl::Duration kSettled = absl::Seconds(3);
  constexpr absl::Duration kMeasured = absl::Seconds(5);
  const std::string name = "2,000 streams at 20 events/s";
  if (!report.options().Wants(name)) return;
  BenchFigure cores{name + ": cores", {}, "cores", AtMost(0.6)};
  BenchFigure rss{name + ": RSS per stream", {}, "KiB", AtMost(64)};
  // Once, since later runs use memory that earlier ones leave to the allocator.
  const double rss_before = RssKib();
  for (int run = 0; run < report.RunsOr(3); ++run) {
    MockLlm mock({.reply_bytes = 0,
                  .latency_ms = 0,
                  .events = 100'000,
                  .interval_ms = 50,
                  .stagger_ms = 50});
    Client client(mock.url(), true);
    client.SetToStart(kStreams);
    double cpu = 0;
    for (int i = 0; i < kStreams; ++i) client.StartNext();
    client.core().RunAfter(kSettled, [&] { cpu = ProcessCpuSeconds(); });
    client.core().RunAfter(kSettled + kMeasured, [&] {
      cores.runs.push_back((ProcessCpuSeconds() - cpu) / absl::ToDoubleSeconds(kMeasured));
      rss.runs.push_back((RssKib() - rss_before) / kStreams);
      client.core().Stop();
    });
    client.core().RunUntilStopped();
  }
  report.Add(std::move(cores));
  report.Add(std::move(rss));
}

int Run(int argc, char** argv) {
  BenchReport report("HTTP and LLM client", ParseBenchOptions(argc, argv));
  BenchManyStreams(report);
  BenchCalls(report, false);
  BenchCalls(report, true);
  report.Note("CPU time of the client process alone; the server is another process on these cores");
  return report.Finish();
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
