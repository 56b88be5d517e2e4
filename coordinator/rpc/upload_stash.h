// Beginnings of uploads that broke off, so that they can go on. Bounded in bytes and age; the
// oldest go first. Core thread.
#pragma once

#include <list>
#include <string>

#include "common/base/clock.h"

namespace assay {

class UploadStash {
 public:
  struct Limits {
    std::size_t bytes = std::size_t{64} << 20;
    absl::Duration age = absl::Minutes(10);
  };

  // `clock` outlives the stash.
  UploadStash(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  // Keeps `bytes` as the beginning of `name`, in place of what was kept before.
  void Keep(const std::string& name, std::string bytes);
  // How much is kept.
  std::size_t SizeOf(const std::string& name);
  // Takes it out.
  std::string Take(const std::string& name);

 private:
  struct Entry {
    std::string name;
    std::string bytes;
    absl::Duration since;
  };
  void DropOld();
  std::list<Entry>::iterator Find(const std::string& name);

  const Clock& clock_;
  const Limits limits_;
  std::list<Entry> entries_;  // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace assay
