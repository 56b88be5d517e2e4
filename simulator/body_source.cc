#include "simulator/body_source.h"

#include <algorithm>
#include <utility>

namespace assay {
namespace {

constexpr double kCommentIntervalSeconds = 0.02;

class Fixed : public BodySource {
 public:
  Fixed(std::string bytes, double delay_s) : bytes_(std::move(bytes)), delay_s_(delay_s) {}

  bool Next(std::string& piece, double& delay_s) override {
    if (done_) return false;
    done_ = true;
    piece = std::move(bytes_);
    delay_s = delay_s_;
    return true;
  }

 private:
  std::string bytes_;
  double delay_s_;
  bool done_ = false;
};

class Stream : public BodySource {
 public:
  Stream(ReplyShape shape, SimulatedAnswer answer, const FaultAction& action, double tokens_per_s)
      : dialect_(shape.dialect),
        events_(std::move(shape), std::move(answer)),
        comments_forever_(action.comments_forever),
        error_after_bytes_(action.error_after_bytes),
        tokens_per_s_(tokens_per_s) {}

  bool Next(std::string& piece, double& delay_s) override {
    if (failed_) return false;
    if (error_after_bytes_ >= 0 && made_ >= error_after_bytes_) {
      failed_ = true;
      piece = StreamErrorEvents(dialect_);
      return true;
    }
    if (comments_forever_ && made_ > 0) {
      piece = ": keep-alive\n\n";
      delay_s = kCommentIntervalSeconds;
      return true;
    }
    std::int64_t tokens = 0;
    if (!events_.Next(piece, tokens)) return false;
    if (tokens_per_s_ > 0) delay_s = static_cast<double>(tokens) / tokens_per_s_;
    made_ += static_cast<std::int64_t>(piece.size());
    return true;
  }

 private:
  SimulatorDialect dialect_;
  StreamEvents events_;
  bool comments_forever_;
  std::int64_t error_after_bytes_;
  double tokens_per_s_;
  std::int64_t made_ = 0;
  bool failed_ = false;
};

class Huge : public BodySource {
 public:
  Huge(std::int64_t bytes, bool streamed) : left_(bytes), streamed_(streamed) {}

  bool Next(std::string& piece, double& delay_s) override {
    delay_s = 0;
    if (left_ <= 0) return false;
    if (!started_) {
      started_ = true;
      piece = streamed_ ? R"(data: {"choices":[{"index":0,"delta":{"content":")"
                        : R"({"choices":[{"index":0,"message":{"content":")";
    }
    constexpr std::int64_t kPiece = 64 << 10;
    const std::int64_t size = std::min(left_, kPiece);
    piece.append(static_cast<std::size_t>(size), 'A');
    left_ -= size;
    return true;
  }

 private:
  std::int64_t left_;
  bool streamed_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<BodySource> FixedBody(std::string bytes, double delay_s) {
  return std::make_unique<Fixed>(std::move(bytes), delay_s);
}

std::unique_ptr<BodySource> StreamBody(ReplyShape shape, SimulatedAnswer answer,
                                       const FaultAction& action, double tokens_per_s) {
  return std::make_unique<Stream>(std::move(shape), std::move(answer), action, tokens_per_s);
}

std::unique_ptr<BodySource> HugeBody(std::int64_t bytes, bool streamed) {
  return std::make_unique<Huge>(bytes, streamed);
}

}  // namespace assay
