// The system calls that a sandboxed program may make, as a seccomp program: a list of what
// compilers and plain programs need; anything else fails with ENOSYS. No sockets, no namespaces, no
// tracing, no keys, no memory files, no mounts. Immutable, thread-safe.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace assay {

// Empty: this processor's calls are not known.
std::vector<sock_filter> MakeSyscallFilter();

}  // namespace assay
