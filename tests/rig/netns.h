// A few machines on one: network namespaces on a bridge, each with an address of its own, between
// which packets can be lost in one direction or both. Everything is gone with the test process,
// whose main thread is moved to a namespace of its own, the hub.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/check.h"

namespace assay {

class NetworkNamespaces {
 public:
  static constexpr char kHub[] = "hub";

  // "10.77.0.N" for the hub (1) and the machines, in this order. Afterwards `problem` says why
  // there are none; this object is of no use then. Main thread only.
  explicit NetworkNamespaces(const std::vector<std::string>& machines) {
    home_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (std::system("ip -V >/dev/null 2>&1") != 0) {
      problem_ = "there is no ip (apt install iproute2)";
    } else if (!Add(kHub)) {
      problem_ = std::string("a network namespace needs root: ") + std::strerror(errno);
    } else if (!MakeBridge(machines)) {
      problem_ = "no bridge or no virtual cables in this kernel";
    }
    if (!problem_.empty()) ::setns(home_, CLONE_NEWNET);
  }
  ~NetworkNamespaces() {
    ::setns(home_, CLONE_NEWNET);
    for (const auto& [name, machine] : machines_) ::close(machine.fd);
    ::close(home_);
  }
  NetworkNamespaces(const NetworkNamespaces&) = delete;
  NetworkNamespaces& operator=(const NetworkNamespaces&) = delete;

  const std::string& problem() const { return problem_; }
  std::string AddressOf(const std::string& name) const {
    return "10.77.0." + std::to_string(machines_.at(name).number);
  }

  // What `start` starts lives on that machine.
  void On(const std::string& name, const std::function<void()>& start) const {
    ASSAY_CHECK(::setns(machines_.at(name).fd, CLONE_NEWNET) == 0);
    start();
    ASSAY_CHECK(::setns(machines_.at(kHub).fd, CLONE_NEWNET) == 0);
  }

  // Packets of one machine to another are lost, without a word to either, until Heal.
  void Cut(const std::string& from, const std::string& to) const {
    SetNeighbour(from, to, "02:00:00:00:0f:ff");
  }
  void Heal(const std::string& from, const std::string& to) const {
    SetNeighbour(from, to, HardwareOf(machines_.at(to).number));
  }

 private:
  struct Machine {
    int number = 0;
    int fd = -1;
  };

  static std::string HardwareOf(int number) {
    return "02:00:00:00:00:" + std::to_string(10 + number);
  }
  static std::string CardOf(const std::string& name) { return name == kHub ? "bridge" : "card"; }
  static bool Do(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }

  bool Add(const std::string& name) {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    Machine machine;
    machine.number = static_cast<int>(machines_.size()) + 1;
    machine.fd = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    machines_[name] = machine;
    return machine.fd >= 0 && Do("ip link set lo up");
  }

  bool MakeBridge(const std::vector<std::string>& names) {
    bool ok = Do("ip link add bridge address " + HardwareOf(1) + " type bridge && ip addr add " +
                 AddressOf(kHub) + "/24 dev bridge && ip link set bridge up");
    for (const std::string& name : names) ok = ok && Add(name);
    ::setns(machines_.at(kHub).fd, CLONE_NEWNET);
    for (const std::string& name : names) ok = ok && Plug(name);
    for (const auto& [from, machine] : machines_) {
      for (const auto& [to, other] : machines_) {
        if (ok && from != to) Heal(from, to);
      }
    }
    return ok;
  }

  bool Plug(const std::string& name) {
    const Machine& machine = machines_.at(name);
    const std::string plug = "plug" + std::to_string(machine.number);
    const std::string place =
        "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(machine.fd);
    if (!Do("ip link add " + plug + " type veth peer name card address " +
            HardwareOf(machine.number) + " netns " + place + " && ip link set " + plug +
            " master bridge up")) {
      return false;
    }
    bool ok = false;
    On(name,
       [&] { ok = Do("ip addr add " + AddressOf(name) + "/24 dev card && ip link set card up"); });
    return ok;
  }

  void SetNeighbour(const std::string& at, const std::string& of,
                    const std::string& hardware) const {
    On(at, [&] {
      ASSAY_CHECK(Do("ip neigh replace " + AddressOf(of) + " lladdr " + hardware + " dev " +
                     CardOf(at) + " nud permanent"));
    });
  }

  int home_ = -1;
  std::map<std::string, Machine> machines_;
  std::string problem_;
};

}  // namespace assay
