#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/time.h"

namespace revisitd::testing {

// A port of 127.0.0.1 that was free a moment ago; for programs that cannot be asked for any free
// one.
std::uint16_t free_port();
// The program's path by PATH, "" when it is not installed.
std::string find_program(const std::string& name);

// A program that runs as long as this object, its output in a file. Ended and waited for when it
// goes away.
class ChildProcess {
 public:
  // `environment` has "NAME=value" entries, put over ours.
  ChildProcess(const std::vector<std::string>& command, const std::string& output_file,
               const std::vector<std::string>& environment = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }  // -1 once it has ended
  void signal(int number) const;
  // Its exit code, 128 + N after signal N; nothing when it still runs after `patience`.
  [[nodiscard]] std::optional<int> wait(Duration patience);

 private:
  void reap(int status);

  pid_t pid_ = -1;
  std::optional<int> code_;
};

}  // namespace revisitd::testing
