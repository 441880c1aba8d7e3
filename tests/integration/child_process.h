#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

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
  ChildProcess(const std::vector<std::string>& command, const std::string& output_file);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] bool running();

 private:
  pid_t pid_ = -1;
};

}  // namespace revisitd::testing
