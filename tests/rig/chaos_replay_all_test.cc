// The acceptance of cluster mode, on every recorded file.
#include "tests/rig/chaos_replay.h"

namespace assay {
namespace {

TEST_F(ChaosReplay, EveryFileComesOutAsPublished) { ReplayAndCheck(files_, 29); }

}  // namespace
}  // namespace assay
