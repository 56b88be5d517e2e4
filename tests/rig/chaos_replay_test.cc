// The acceptance of cluster mode, on three of the recorded files.
#include "tests/rig/chaos_replay.h"

namespace assay {
namespace {

TEST_F(ChaosReplay, ThreeFilesComeOutAsPublished) {
  ReplayAndCheck({files_.front(), files_[files_.size() / 2], files_.back()}, 1);
}

}  // namespace
}  // namespace assay
