// Preloaded into a process under measurement: counts how often it makes something durable, and
// writes the count to the file that ASSAY_FSYNC_COUNT names when the process ends.
#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long> syncs{0};

int Forward(const char* name, int descriptor) {
  ++syncs;
  return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(descriptor);
}

[[gnu::destructor]] void WriteCount() {
  const char* path = std::getenv("ASSAY_FSYNC_COUNT");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
  if (file == nullptr) return;
  std::fprintf(file, "%ld\n", syncs.load());
  std::fclose(file);
}

}  // namespace

extern "C" {
int fsync(int descriptor) { return Forward("fsync", descriptor); }
int fdatasync(int descriptor) { return Forward("fdatasync", descriptor); }
}
